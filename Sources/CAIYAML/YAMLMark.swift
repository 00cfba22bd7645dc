// Owns a place in a YAML file: line and column, as a person counts them.
// Built by SourceText alone; everything else passes it on.
// Never computes a position from libyaml's own line count, which differs from an editor's on rare line breaks.

/// A place in a file: 1-based line, 1-based column counted in characters (Unicode scalars).
public struct YAMLMark: Sendable, Hashable, Comparable {
    public let line: Int
    public let column: Int
    /// Byte offset in the parsed text, after a byte-order mark.
    let offset: Int

    public static func < (left: YAMLMark, right: YAMLMark) -> Bool { left.offset < right.offset }
}
