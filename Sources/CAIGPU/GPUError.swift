// Owns the one error of this library: a code for programs, a message for people, a cause.
// Every message says what went wrong, where, and what to do next.

/// What can go wrong between here and a pod.
public struct GPUError: Error, Sendable, CustomStringConvertible {
    public enum Code: String, Sendable {
        /// The pod or its worker cannot be reached or started.
        case unreachable
        /// The worker reported a `failed` event.
        case jobFailed
        /// The job died without a word three times in a row without advancing.
        case noProgress
        /// What came back does not have the digest it was promised with.
        case corrupt
        /// The job was stopped on request; it can be resumed.
        case stopped
    }

    public var code: Code
    public var message: String
    public var cause: String?

    public init(_ code: Code, _ message: String, cause: String? = nil) {
        (self.code, self.message, self.cause) = (code, message, cause)
    }

    public var description: String { cause.map { "\(message): \($0)" } ?? message }
}
