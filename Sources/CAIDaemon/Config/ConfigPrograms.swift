// Owns the configuration's queues and reviewers: who runs what with which program, within which limits.
// Never looks for a program; a missing one is found when it is needed, and by `caid check`.

import CAIWorkflow

extension Config {
    /// Merges what the file says over the defaults.
    /// - Parameter complain: told the path of a key and what is wrong with its value.
    mutating func take(
        queues raw: [String: ConfigFile.Queue], reviewers rawReviewers: [String: ConfigFile.Reviewer],
        _ complain: ([String], String) -> Void
    ) {
        for (name, given) in raw.sorted(by: { $0.key < $1.key }) {
            if let problem = Self.problem(ofName: name) { complain(["queues", name], problem) }
            guard let executor = given.executor ?? queues[name]?.executor else {
                complain(["queues", name], "the queue '\(name)' needs an executor: pipeline, script or agent")
                continue
            }
            var queue = queues[name] ?? Queue(executor: executor, retries: executor == .agent ? 1 : 0)
            queue.executor = executor
            queue.concurrency = given.concurrency ?? queue.concurrency
            queue.command = given.command?.values ?? queue.command
            queue.timeout = given.timeout?.seconds ?? queue.timeout
            queue.idleTimeout = given.idle_timeout?.seconds ?? queue.idleTimeout
            queue.retries = given.retries ?? queue.retries
            queue.allowVerify = given.allow_verify ?? queue.allowVerify
            queue.env = given.env?.values ?? queue.env
            func check(_ isGood: Bool, _ key: String, _ message: String) {
                if !isGood { complain(["queues", name, key], message) }
            }
            check(queue.concurrency >= 1, "concurrency", "must be at least 1")
            check(queue.retries >= 0, "retries", "must not be negative")
            check(queue.timeout > 0, "timeout", "must be above 0")
            check(queue.idleTimeout > 0, "idle_timeout", "must be above 0")
            if executor == .agent, queue.command.first?.isEmpty ?? true {
                complain(["queues", name], "the agent queue '\(name)' needs a command, such as [claude, -p]")
            }
            queues[name] = queue
        }
        for (name, given) in rawReviewers.sorted(by: { $0.key < $1.key }) {
            if let problem = Self.problem(ofName: name) { complain(["reviewers", name], problem) }
            var reviewer = reviewers[name] ?? Reviewer(command: [])
            reviewer.command = given.command?.values ?? reviewer.command
            reviewer.timeout = given.timeout?.seconds ?? reviewer.timeout
            if reviewer.command.first?.isEmpty ?? true {
                complain(["reviewers", name], "the reviewer '\(name)' needs a command, such as [codex, exec, \"-\"]")
            }
            if reviewer.timeout <= 0 { complain(["reviewers", name, "timeout"], "must be above 0") }
            reviewers[name] = reviewer
        }
    }

    /// The queue that a task for an agent goes to where nobody says which.
    var firstAgentQueue: String? { queues.filter { $0.value.executor == .agent }.keys.sorted().first }

    private static func problem(ofName name: String) -> String? {
        let isPlain =
            !name.isEmpty && !name.hasPrefix(".")
            && name.unicodeScalars.allSatisfy {
                $0 != "/" && $0.properties.generalCategory != .control
            }
        return isPlain ? nil : "this cannot be a folder's name: no `/`, and no `.` at its beginning"
    }
}
