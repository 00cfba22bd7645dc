// Owns the moment between listening, which tells the port, and being able to answer.
// Never loses a request that came too early: it waits.

import FlyingFox
import Foundation
import Synchronization

/// A handler that is given what it hands on to later than it is made.
final class Late: HTTPHandler {
    private let handler = Mutex<HTTPFront?>(nil)

    func open(_ front: HTTPFront) { handler.withLock { $0 = front } }

    func handleRequest(_ request: HTTPRequest) async throws -> HTTPResponse {
        while true {
            if let open = handler.withLock({ $0 }) { return try await open.handleRequest(request) }
            try await Task.sleep(for: .milliseconds(10))
        }
    }
}
