// Owns what can be found out about a web service without asking it for anything: the library, and what time it is there.
// Never sends a key.

import CAISystem
import CCurl
import FoundationEssentials

/// Looks at a service from outside.
public enum HTTPProbe {
    /// The version of libcurl that is loaded, and what it does TLS with: `libcurl/7.88.1 OpenSSL/3.0.15`.
    public static var libraryVersion: String {
        let words = String(cString: curl_version()).split(separator: " ")
        return words.prefix(2).joined(separator: " ")
    }

    /// By how many seconds this machine's clock is ahead of the service's, which tells whole seconds only.
    /// - Returns: nil where it does not say what time it is.
    /// - Throws: `.unreachable`.
    public static func clockSkew(
        _ url: String, version: String, clock: any WallClock
    ) async throws(GPUError) -> Double? {
        let client = CurlClient(agent: "caid/\(version)")
        let before = clock.now().timeIntervalSince1970
        let answer: HTTPResponse
        do throws(HTTPFailure) { answer = try await client.send(HTTPRequest(url: url, timeout: 15)) } catch {
            throw GPUError(.unreachable, "cannot ask \(url) for the time", cause: error.reason)
        }
        let here = (before + clock.now().timeIntervalSince1970) / 2
        // On average half a second has passed since the whole second that it names.
        return answer.headers["date"].flatMap(HTTPResponse.seconds(ofDate:)).map { here - ($0 + 0.5) }
    }
}
