// Owns: what came of ticking items: the new bytes, and what was and was not done.
// Never writes a file.

/// The outcome of `RoadmapRewriter.tick`.
public struct RoadmapUpdate: Sendable, Equatable {
    /// An item that a reference named.
    public struct Item: Sendable, Equatable {
        /// As the task wrote it.
        public let reference: String
        /// "heading / item" as the roadmap has it, without decoration.
        public let name: String
        /// 1-based line in the file as it was read.
        public let line: Int
    }

    /// The whole file; equal to what was read if nothing was ticked.
    public let bytes: [UInt8]
    public let ticked: [Item]
    /// Items that had been ticked before; nothing was done for them.
    public let alreadyTicked: [Item]
    public let problems: [RoadmapProblem]
}
