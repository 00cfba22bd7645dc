// Owns whose money it is: the account that a stretch of a pod's time goes to.
// Never knows an amount.

/// A task's run and its step, or what a pod does for nobody in particular.
public struct Account: Sendable, Hashable, Codable {
    /// The run; `Account.pod` where it was no task's.
    public var task: String
    public var step: String

    public init(task: String, step: String) { (self.task, self.step) = (task, step) }

    /// Stands for a task where there was none; no run can be called so.
    public static let pod = "(pod)"
    /// Booting, bootstrap, downloads: whoever comes first is not charged for all who follow.
    public static let setup = Account(task: pod, step: "set-up")
    /// Running without work.
    public static let idle = Account(task: pod, step: "idle")
    /// The disk of a pod that does not run.
    public static let stopped = Account(task: pod, step: "stopped")
}
