// Owns: a remark about a task file that stops nothing.
// Prints like an error, `file:line:column: message`, so that editors can jump to it.
// Never decides an exit code.

/// Something in a task file that a person may want to know.
public struct TaskNote: Sendable, Hashable, CustomStringConvertible {
    public let file: String
    /// 1-based.
    public let line: Int
    /// 1-based, in characters.
    public let column: Int
    public let message: String

    public var description: String { "\(file):\(line):\(column): \(message)" }
}
