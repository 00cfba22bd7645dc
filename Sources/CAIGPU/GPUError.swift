// Owns the one error of this library: a code for programs, a message for people, a cause.
// Every message says what went wrong, where, and what to do next.

import SystemPackage

/// What can go wrong between here and a pod.
public struct GPUError: Error, Sendable, CustomStringConvertible {
    public enum Code: String, Sendable {
        /// The pod or its worker cannot be reached or started; looking again later may help.
        case unreachable
        /// Key, password or API key are refused; a person has to act.
        case auth
        /// The host's key is not known, or not the one that is.
        case hostKey
        /// The provider has no machine to give now.
        case capacity
        /// The account has no money left.
        case balance
        /// Too many requests; `retryAfter` says when to come back.
        case rateLimited
        /// A request's answer was lost, so that nobody knows whether it was carried out: look, do not ask again.
        case ambiguous
        /// The provider knows no such machine.
        case missing
        /// The request makes no sense to the provider as things stand; asking again changes nothing.
        case refused
        /// The worker reported a `failed` event, or a command ended with another status than 0.
        case jobFailed
        /// The job died without a word three times in a row without advancing, or made no useful progress for too long.
        case noProgress
        /// What came back does not have the digest it was promised with, or leads outside its folder.
        case corrupt
        /// The disk of the workstation or of the pod is full.
        case noSpace
        /// A limit of money was reached; everything is saved.
        case budget
        /// The job was stopped on request; it can be resumed.
        case stopped
    }

    public var code: Code
    public var message: String
    public var cause: String?
    /// Seconds after which asking again makes sense, where the other side said so.
    public var retryAfter: Double?

    public init(_ code: Code, _ message: String, cause: String? = nil, retryAfter: Double? = nil) {
        (self.code, self.message, self.cause, self.retryAfter) = (code, message, cause, retryAfter)
    }

    /// What kept a file from being written here.
    static func writing(_ path: FilePath, _ error: any Error) -> GPUError {
        let isFull = [Errno.noSpace, .diskQuotaExceeded].contains { $0 == error as? Errno }
        return isFull
            ? GPUError(.noSpace, "the disk of \(path) is full; make room there", cause: "\(error)")
            : GPUError(.corrupt, "cannot write to \(path)", cause: "\(error)")
    }

    public var description: String { cause.map { "\(message): \($0)" } ?? message }
}
