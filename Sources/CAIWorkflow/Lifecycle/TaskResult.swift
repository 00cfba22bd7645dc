// Owns what an executor says when it is done with a task.
// Never a word about folders: the policy makes an ending of it, and the lifecycle writes and moves the file.

/// How a task's work ended.
public enum TaskResult: Sendable, Hashable {
    /// Did what was asked. `notes` is the body of the completion notes; `files` come into being with it.
    case completed(summary: String, notes: String, files: [NewFile] = [])
    /// Failed for a reason that another try may not meet; uses up one of the task's attempts.
    /// - signature: what makes two failures the same; see `TaskEnding.signature`.
    case failed(String, signature: String)
    /// A person has to decide or mend something; the text says what was found and what would unblock it.
    case blocked(String)
    /// Cannot go on now, and it is known what it waits for; uses up nothing.
    case held(Hold)
    /// Stopped with everything saved; goes on when it is run again.
    case stopped
    /// The daemon ends, and the program runs on without it: the next daemon finds it.
    case detached
}
