// Owns one request on its way through libcurl: the options, the loop that drives it, what its end means.
// Never leaves a pointer of its own behind in libcurl's handle.

import CCurl

/// One request. Runs on the thread of whoever calls it.
struct CurlTransfer {
    let handles: CurlHandles
    let request: HTTPRequest
    let agent: String
    let limits: CurlClient.Limits

    /// Drives the request to its end.
    /// - Parameter isCancelled: asked ten times a second.
    func run(isCancelled: () -> Bool) throws(HTTPFailure) -> HTTPResponse {
        let easy = handles.easy
        let reply = CurlReply(limits: limits)
        let headers = try headerList()
        defer { curl_slist_free_all(headers) }
        let reason = UnsafeMutablePointer<CChar>.allocate(capacity: Int(CURL_ERROR_SIZE))
        reason.initialize(repeating: 0, count: Int(CURL_ERROR_SIZE))
        defer { reason.deallocate() }
        defer { curl_easy_reset(easy) }
        guard set(headers, reply, reason) else { throw CurlHandles.noMemory }
        let code = withExtendedLifetime(reply) { drive(isCancelled) }
        guard let code else { throw HTTPFailure(kind: .cancelled, reason: "stopped while waiting for an answer") }
        guard code == CURLE_OK else {
            let words = reason.pointee == 0 ? String(cString: curl_easy_strerror(code)) : String(cString: reason)
            throw HTTPFailure(
                kind: ccurl_get_long(easy, CURLINFO_REQUEST_SIZE) > 0 ? .answerLost : .notSent,
                reason: reply.isTooLong ? "the answer is longer than \(limits.body >> 20) MiB" : words)
        }
        return HTTPResponse(
            status: ccurl_get_long(easy, CURLINFO_RESPONSE_CODE), headers: reply.headers, body: reply.body)
    }

    /// - Returns: nil where it was cancelled.
    private func drive(_ isCancelled: () -> Bool) -> CURLcode? {
        guard curl_multi_add_handle(handles.multi, handles.easy) == CURLM_OK else { return CURLE_OUT_OF_MEMORY }
        defer { curl_multi_remove_handle(handles.multi, handles.easy) }
        while !isCancelled() {
            var running: Int32 = 0
            guard curl_multi_perform(handles.multi, &running) == CURLM_OK else { return CURLE_OUT_OF_MEMORY }
            var code = CURLE_OK
            if ccurl_next_finished(handles.multi, &code) != nil { return code }
            curl_multi_poll(handles.multi, nil, 0, 100, nil)
        }
        return nil
    }

    /// - Throws: where a header would become two.
    private func headerList() throws(HTTPFailure) -> UnsafeMutablePointer<curl_slist>? {
        var list: UnsafeMutablePointer<curl_slist>?
        for (name, value) in request.headers.sorted(by: { $0.key < $1.key }) {
            let isPlain = (name + value).unicodeScalars.allSatisfy { (0x20...0x7E).contains($0.value) }
            guard isPlain, let longer = curl_slist_append(list, "\(name): \(value)") else {
                curl_slist_free_all(list)
                throw HTTPFailure(
                    kind: .notSent, reason: "the header \(name) holds something that cannot stand in a header")
            }
            list = longer
        }
        return list
    }

    private func set(
        _ headers: UnsafeMutablePointer<curl_slist>?, _ reply: CurlReply, _ reason: UnsafeMutablePointer<CChar>
    ) -> Bool {
        let easy = handles.easy
        var codes = [
            ccurl_set_text(easy, CURLOPT_URL, request.url),
            ccurl_set_text(easy, CURLOPT_USERAGENT, agent),
            ccurl_set_text(easy, CURLOPT_PROTOCOLS_STR, "http,https"),
            ccurl_set_long(easy, CURLOPT_FOLLOWLOCATION, 0),
            ccurl_set_long(easy, CURLOPT_SSL_VERIFYPEER, 1),
            ccurl_set_long(easy, CURLOPT_SSL_VERIFYHOST, 2),
            ccurl_set_long(easy, CURLOPT_SSLVERSION, Int(CURL_SSLVERSION_TLSv1_2)),
            ccurl_set_long(easy, CURLOPT_HTTP_VERSION, Int(CURL_HTTP_VERSION_1_1)),
            // No signals: other threads run here.
            ccurl_set_long(easy, CURLOPT_NOSIGNAL, 1),
            ccurl_set_long(easy, CURLOPT_CONNECTTIMEOUT_MS, Int(limits.connect * 1000)),
            ccurl_set_long(easy, CURLOPT_TIMEOUT_MS, Int(request.timeout * 1000)),
            ccurl_set_long(easy, CURLOPT_LOW_SPEED_LIMIT, 1),
            ccurl_set_long(easy, CURLOPT_LOW_SPEED_TIME, max(1, Int(limits.silence))),
            // libcurl sends a request again, be it a POST, where a kept connection turns out to be dead.
            ccurl_set_long(easy, CURLOPT_FRESH_CONNECT, request.isRepeatable ? 0 : 1),
            ccurl_set_pointer(easy, CURLOPT_ERRORBUFFER, reason),
            ccurl_set_headers(easy, headers),
            ccurl_set_body_sink(easy, CurlReply.bodySink, reply.context),
            ccurl_set_header_sink(easy, CurlReply.headerSink, reply.context),
        ]
        // The environment's proxy is for the world outside.
        if request.url.hasPrefix("http://") { codes.append(ccurl_set_text(easy, CURLOPT_PROXY, "")) }
        if let body = request.body {
            codes.append(ccurl_set_long(easy, CURLOPT_POST, 1))
            codes.append(body.withUnsafeBytes { ccurl_set_body(easy, $0.baseAddress, $0.count) })
        }
        if request.method != .get {
            codes.append(ccurl_set_text(easy, CURLOPT_CUSTOMREQUEST, request.method.rawValue))
        }
        return codes.allSatisfy { $0 == CURLE_OK }
    }
}
