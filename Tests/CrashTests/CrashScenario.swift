// Owns what the sweeps are done with: files that a person drops, and what must have become of them in the end. A scenario is
// a value; to add one, add it to the list.
// Never runs anything.

import Testing

/// A task file and its fate.
struct CrashTask: Sendable {
    var queue = "gpu"
    var name: String
    var text: String
    /// The folder in which it ends.
    var end: String
    /// What must stand in the file exactly once in the end, wherever the daemon died.
    var once: [String]
}

/// A workspace, and a `caid run --drain` in it.
struct CrashScenario: Sendable, CustomTestStringConvertible {
    var name: String
    /// More lines for `cai.yaml`.
    var configuration = ""
    var roadmap: String?
    var tasks: [CrashTask]
    /// Files of the workspace that the tasks need: agent programs, requests. Below `bin/` they are executable.
    var files: [String: String] = [:]
    /// Files and what must stand in each exactly once in the end.
    var once: [String: [String]] = [:]

    var testDescription: String { name }

    static let all: [CrashScenario] = [malformed]

    static let malformed = CrashScenario(
        name: "two malformed headers: claimed, blocked",
        tasks: ["20261121_P1_a.md", "20261121_P2_b.md"].map { name in
            CrashTask(
                name: name, text: "---\npipeline: [stage1\n---\n# Task: \(name) \u{1F600}\n\n- [ ] a box",
                end: "blocked", once: ["] started as run ", "] blocked: the header is malformed"])
        })
}
