// Owns: which of two tasks goes first: priority, then the name's stamp, then the name.
// Compares text byte by byte, so that the order does not depend on a locale.
// Never looks at times of the file system.

/// A task's place in its queue; the least goes first.
public struct TaskOrder: Sendable, Hashable, Comparable {
    public let priority: Priority
    /// Names without a stamp come after those with one.
    public let stamp: String?
    public let name: String

    public static func < (left: TaskOrder, right: TaskOrder) -> Bool {
        if left.priority != right.priority { return left.priority < right.priority }
        if left.stamp != right.stamp {
            guard let first = left.stamp, let second = right.stamp else { return left.stamp != nil }
            return first < second
        }
        return left.name < right.name
    }
}
