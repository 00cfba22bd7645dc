// Owns what an executor says when it is done with a task.
// Never a word about files: the lifecycle writes and moves them.

/// How a task's work ended.
enum TaskResult: Sendable {
    /// Did what was asked. `notes` is the body of the completion notes.
    case completed(summary: String, notes: String)
    /// The job failed for a reason that another try may not meet; counts against the task's retries.
    case failed(String)
    /// A person has to decide or mend something; the text says what was found and what would unblock it.
    case blocked(String)
    /// Stopped with everything saved; goes on when it is run again.
    case stopped
}
