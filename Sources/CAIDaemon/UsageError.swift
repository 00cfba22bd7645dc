// Owns the error that ends a command with exit code 2: wrong usage or configuration, in words that say what to do.
// Never used for what goes wrong while working.

/// Wrong usage or configuration.
struct UsageError: Error, CustomStringConvertible {
    var description: String

    init(_ description: String) { self.description = description }
}

/// The exit codes of `caid`.
enum ExitStatus {
    static let failed: Int32 = 1
    static let usage: Int32 = 2
    /// Drained, and at least one task of this run is blocked.
    static let blocked: Int32 = 3
    /// Stopped before the end; run again to go on.
    static let resumable: Int32 = 75
}
