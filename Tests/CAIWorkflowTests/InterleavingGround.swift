// Owns what outlives every daemon in an interleaving: the disk, the journal's memory, the clock, and the story so far.
// Never acts by itself.

import CAISystem
import CAIWorkflow
import FoundationEssentials
import Synchronization
import SystemPackage
import TestSupport

/// The workspace that people, programs and one daemon after the other share.
final class InterleavingGround: Sendable {
    let clock = FixedClock()
    let memory = MemoryStore.Memory()
    let workspace = Workspace(root: "/w")
    /// Every folder of every lane, made once.
    private let folders: [String: [TaskState: FilePath]]
    private let disk: Mutex<PowerLossFiles>
    private let story = Mutex<[String]>([])

    static let queues = ["agents", "gpu"]
    static let reviewers = ["codex", "gemini"]
    static let lanes = queues + reviewers.map(Workspace.lane)
    static let roadmap = "# Roadmap\n\n## Baseline 📋 TODO\n\n" + (0..<4).map { "- [ ] Item \($0)\n" }.joined()

    init(renames: RenameDurability) throws {
        let files = PowerLossFiles(clock: clock, renames: renames)
        disk = Mutex(files)
        var folders: [String: [TaskState: FilePath]] = [:]
        for lane in Self.lanes {
            for state in TaskState.allCases {
                let folder = workspace.folder(queue: lane, state)
                folders[lane, default: [:]][state] = folder
                try files.makeDirectories(folder)
            }
        }
        self.folders = folders
        try files.makeDirectories("/w/inbox")
        try files.writeNew(workspace.roadmap, bytes: Array(Self.roadmap.utf8))
        files.syncAll()
    }

    /// The disk of now: a power loss leaves another.
    var files: PowerLossFiles {
        get { disk.withLock { $0 } }
        set { disk.withLock { $0 = newValue } }
    }

    /// Names in a folder of tasks.
    func names(_ lane: String, _ state: TaskState) -> [String] {
        folders[lane]?[state].flatMap { try? files.list($0) } ?? []
    }

    func path(_ lane: String, _ state: TaskState, _ name: String) -> FilePath {
        (folders[lane]?[state] ?? "/").appending(name)
    }

    var records: [TaskRecord] { memory.state.withLock { $0.records } }

    /// Takes the next line of the story.
    func tell(_ line: String) { story.withLock { $0.append(line) } }

    /// What has happened, in order.
    var lines: [String] { story.withLock { $0 } }
}

/// A random choice by weight.
extension SeededRandom {
    mutating func pick<Value>(_ choices: [(weight: Int, value: Value)]) -> Value? {
        var rest = Int.random(in: 0..<max(1, choices.map(\.weight).reduce(0, +)), using: &self)
        for choice in choices {
            rest -= choice.weight
            if rest < 0 { return choice.value }
        }
        return nil
    }

    mutating func one<Value>(of values: [Value]) -> Value? { values.randomElement(using: &self) }
    mutating func number(_ range: ClosedRange<Int>) -> Int { Int.random(in: range, using: &self) }
    mutating func isTrue(percent: Int) -> Bool { Int.random(in: 0..<100, using: &self) < percent }
}
