// Owns what is asked of a supervised program: its words, its world, its limits; and, as pure functions, when a limit is
// reached and when the next one could be.
// Never looks at a clock or a process.

import CAISystem
import SystemPackage

/// A program to run under supervision. The first word is looked up in the request's own `PATH`; there is no shell.
struct ProcessRequest: Codable, Sendable, Hashable {
    var command: [String]
    /// All that the program sees of an environment.
    var environment: [String: String]
    /// The working directory, absolute.
    var folder: String
    /// A file that both output streams are appended to while the program runs, absolute.
    var log: String
    /// Seconds in all; no limit by default.
    var timeout: Double?
    /// Seconds without any output; no limit by default.
    var idleTimeout: Double?
    /// Bytes of both streams together.
    var outputLimit = 64 << 20
    /// Seconds between asking the program to end (SIGTERM) and ending it (SIGKILL).
    var grace = 10.0
}

/// What a running program has used up so far.
struct ProcessUsage: Sendable, Hashable {
    /// Seconds since its start.
    var seconds: Double
    /// Seconds since it last wrote something.
    var quiet: Double
    /// Bytes of both output streams together.
    var output: Int
    var isStopAsked: Bool
}

extension ProcessRequest {
    /// Why the program has to be ended now, if it has to.
    func breach(_ usage: ProcessUsage) -> ProcessEnd? {
        if usage.isStopAsked { return .stopped }
        if usage.output > outputLimit { return .tooMuchOutput }
        if let timeout, usage.seconds >= timeout { return .timedOut }
        if let idleTimeout, usage.quiet >= idleTimeout { return .idle }
        return nil
    }

    /// Seconds until time alone could lead to a breach; nil where there is no limit of time.
    func nextLimit(_ usage: ProcessUsage) -> Double? {
        [timeout.map { $0 - usage.seconds }, idleTimeout.map { $0 - usage.quiet }].compactMap { $0 }.min()
    }
}
