// Owns the one error of this library.
// Never carries another library's error along: the message says what a person needs.

/// What went wrong in the pipeline's science, in words for a person.
public struct PipelineError: Error, Sendable, Equatable, CustomStringConvertible {
    /// The kind of failure, for programs.
    public enum Code: String, Sendable, Equatable {
        /// The tables or families of a task world do not fit together.
        case invalidWorld
        /// A constitution that cannot be used.
        case invalidConstitution
        /// An artifact whose files are not what its manifest says.
        case damagedArtifact
        /// A parameter that is missing or of the wrong type.
        case invalidParameter
        /// Not enough data for what was asked.
        case notEnoughData
        /// Models were not measured on the same items.
        case itemsDiffer
        /// A request for a statistic that has no answer.
        case invalidStatistic
    }

    public let code: Code
    /// What, where, why, and what to do next.
    public let message: String

    public init(_ code: Code, _ message: String) {
        self.code = code
        self.message = message
    }

    public var description: String { message }
}
