// Owns libcurl's own memory: the connections that are kept open, and the handle that serves one request after the other.
// Never used from two threads; CurlClient sees to that.

import CCurl

/// What libcurl keeps between two requests.
final class CurlHandles {
    let multi: UnsafeMutableRawPointer
    let easy: UnsafeMutableRawPointer

    /// Once in the life of the process; libcurl has a lock of its own for this.
    private static let isReady = curl_global_init(Int(CURL_GLOBAL_DEFAULT)) == CURLE_OK

    init() throws(HTTPFailure) {
        guard Self.isReady, let multi = curl_multi_init() else { throw Self.noMemory }
        guard let easy = curl_easy_init() else {
            curl_multi_cleanup(multi)
            throw Self.noMemory
        }
        (self.multi, self.easy) = (multi, easy)
    }

    deinit {
        curl_easy_cleanup(easy)
        curl_multi_cleanup(multi)
    }

    static let noMemory = HTTPFailure(kind: .notSent, reason: "libcurl has no memory")
}
