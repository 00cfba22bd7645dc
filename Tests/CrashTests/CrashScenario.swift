// Owns what a scenario of the sweeps is: files that a person drops, and what must have become of them in the end.
// Never runs anything; the scenarios themselves are in CrashScenarios.swift.

import Testing

/// A file that is dropped, or comes into being, and its fate.
struct CrashFile: Sendable {
    /// `tasks/<queue>` or `reviews/<reviewer>`.
    var lane = "tasks/agents"
    /// How its name ends; all of it, where a person dropped it.
    var name: String
    /// What it starts with for ever, to the byte.
    var text: String
    /// The folder in which it ends.
    var end: String
    /// What must stand in the file exactly once in the end, wherever the daemon died.
    var once: [String] = []
    /// Whether nothing may be added to it.
    var isUnchanged = false
    /// False for one that the work makes.
    var isDropped = true
}

/// A workspace, and a `caid run --drain` in it.
struct CrashScenario: Sendable, CustomTestStringConvertible {
    var name: String
    /// More lines for `cai.yaml`.
    var configuration = ""
    /// Files of the workspace that the work needs: agent programs, a roadmap.
    var files: [String: String] = [:]
    var fates: [CrashFile]
    /// Files and exactly what each must hold in the end.
    var ends: [String: String] = [:]
    /// Whether an undisturbed run waits for seconds, so that more of them fit beside each other.
    var isSlow = false

    var testDescription: String { name }
}
