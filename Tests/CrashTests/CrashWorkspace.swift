// Owns one disturbed run from the drop to the verdict: a workspace, a daemon that is killed or fails, a second that is let
// be, and a third that must find nothing to do.
// Never looks into the daemon; the folders and `caid status` are what is judged.

import Foundation

/// A workspace with a scenario's files in it.
final class CrashWorkspace: Sendable {
    let scenario: CrashScenario
    let root: URL
    /// The daemon's command, without the workspace: caid, or the control.
    private let daemon: [String]

    /// - Parameter template: a workspace as `caid init` makes it.
    init(_ scenario: CrashScenario, template: URL, daemon: [String]) throws {
        (self.scenario, self.daemon) = (scenario, daemon)
        root = FileManager.default.temporaryDirectory.appending(path: "caid-crash-\(UUID().uuidString)")
        try FileManager.default.copyItem(at: template, to: root)
        try write("settle: 0.05s\n" + scenario.configuration, to: "cai.yaml")
        if let roadmap = scenario.roadmap { try write(roadmap, to: "ROADMAP.md") }
        for (path, text) in scenario.files { try write(text, to: path) }
        for task in scenario.tasks { try write(task.text, to: "tasks/\(task.queue)/pending/\(task.name)") }
    }

    deinit { try? FileManager.default.removeItem(at: root) }

    var command: [String] { daemon + [root.path] }

    /// Runs the daemon with one call disturbed, then undisturbed, and judges.
    /// - Returns: nil where the run made fewer calls than that; else everything that is wrong.
    func faults(_ injection: Injection, number: Int, processor: Int) async throws -> [String]? {
        let trace = root.appending(path: "trace")
        let (end, isDisturbed) = try await Strace.run(
            command, injection, number: number, processor: processor, trace: trace)
        guard isDisturbed else { return nil }
        var faults: [String] = []
        switch end {
        case .signal(let signal) where injection.disturbance != .kill: faults.append("died of signal \(signal)")
        case .timeout: faults.append("hangs")
        default: break
        }
        try passTime()
        let second = try await Strace.run(["taskset", "-c", "\(processor)"] + command)
        if ![.exit(0), .exit(3)].contains(second) { faults.append("the next run ends with \(second)") }
        let rest = try tree()
        faults += verdict(rest, isKill: injection.disturbance == .kill)
        let third = try await Strace.run(["taskset", "-c", "\(processor)"] + command)
        if third != .exit(0) { faults.append("the run after that ends with \(third)") }
        let changed = Set(rest.map { "\($0.key): \($0.value)" }).symmetricDifference(
            try tree().map { "\($0.key): \($0.value)" })
        if !changed.isEmpty { faults.append("and changes \(changed.sorted())") }
        return faults
    }

    /// What a person has in the workspace: every file of `tasks/` and `reviews/`, and the roadmap.
    private func tree() throws -> [String: String] {
        var found: [String: String] = [:]
        for path in try FileManager.default.subpathsOfDirectory(atPath: root.path)
        where path == "ROADMAP.md" || path.hasPrefix("tasks/") || path.hasPrefix("reviews/")
            || scenario.once[path] != nil
        {
            let url = root.appending(path: path)
            guard try url.resourceValues(forKeys: [.isRegularFileKey]).isRegularFile == true else { continue }
            found[path] = String(decoding: try Data(contentsOf: url), as: UTF8.self)
        }
        return found
    }

    private func verdict(_ tree: [String: String], isKill: Bool) -> [String] {
        var faults: [String] = []
        for task in scenario.tasks {
            let copies = tree.filter { $0.key.hasPrefix("tasks/\(task.queue)/") && $0.value.hasPrefix(task.text) }
            let expected = "tasks/\(task.queue)/\(task.end)/\(task.name)"
            if Array(copies.keys) != [expected] { faults.append("\(task.name) lies at \(copies.keys.sorted())") }
            guard let text = copies.values.first else { continue }
            faults += notOnce(task.once, in: text).map { "\(task.name): \($0)" }
        }
        for (path, words) in scenario.once { faults += notOnce(words, in: tree[path] ?? "").map { "\(path): \($0)" } }
        let strays = tree.keys.filter { $0.hasSuffix(".tmp") }
        if !strays.isEmpty { faults.append("left behind: \(strays.sorted())") }
        let known = Set(scenario.tasks.map { "tasks/\($0.queue)/\($0.end)/\($0.name)" })
        let others = tree.keys.filter { $0.hasPrefix("tasks/") && !known.contains($0) && !$0.hasSuffix(".tmp") }
        if !others.isEmpty { faults.append("nobody made \(others.sorted())") }
        return faults
    }

    private func notOnce(_ words: [String], in text: String) -> [String] {
        words.compactMap { word in
            let count = text.ranges(of: word).count
            return count == 1 ? nil : "'\(word)' stands there \(count) times"
        }
    }

    /// An hour, for the files that a killed writer left: so long nobody works on one.
    private func passTime() throws {
        for path in try FileManager.default.subpathsOfDirectory(atPath: root.path) where path.hasSuffix(".tmp") {
            try FileManager.default.setAttributes(
                [.modificationDate: Date(timeIntervalSinceNow: -3600)],
                ofItemAtPath: root.appending(path: path).path)
        }
    }

    private func write(_ text: String, to path: String) throws {
        let url = root.appending(path: path)
        try FileManager.default.createDirectory(at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
        try Data(text.utf8).write(to: url)
        if path.hasPrefix("bin/") {
            try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: url.path)
        }
    }
}
