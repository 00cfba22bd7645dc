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
        for (path, text) in scenario.files { try write(text, to: path) }
        for file in scenario.fates {
            let pending = root.appending(path: "\(file.lane)/pending")
            try FileManager.default.createDirectory(at: pending, withIntermediateDirectories: true)
            if file.isDropped { try write(file.text, to: "\(file.lane)/pending/\(file.name)") }
        }
    }

    deinit { try? FileManager.default.removeItem(at: root) }

    var command: [String] { daemon + [root.path] }

    /// Runs the daemon with one call disturbed, then undisturbed, and judges.
    /// - Returns: nil where the run made fewer calls than that; else everything that is wrong.
    func faults(_ injection: Injection, number: Int, processor: Int) async throws -> [String]? {
        let (end, isDisturbed) = try await Strace.run(
            command, injection, number: number, processor: processor, trace: own("trace"), output: own("output"))
        guard isDisturbed else { return nil }
        var faults: [String] = []
        let isKill = injection.disturbance == .kill
        // 2 says that `cai.yaml` could not be read, 127 is the loader's, which could not read a library.
        if isKill ? end != .signal(SIGKILL) : ![.exit(0), .exit(1), .exit(2), .exit(3), .exit(127)].contains(end) {
            faults.append("the disturbed run: \(end)")
        }
        return faults + (try await aftermath(processor: processor))
    }

    /// Runs the daemon undisturbed, judges, and runs it once more.
    /// - Returns: everything that is wrong.
    func aftermath(processor: Int) async throws -> [String] {
        var faults: [String] = []
        try passTime()
        let undisturbed = ["taskset", "-c", "\(processor)"] + command
        let second = try await Strace.run(undisturbed, output: own("output"))
        if ![.exit(0), .exit(3)].contains(second) { faults.append("the next run: \(second)") }
        let rest = try tree()
        faults += verdict(rest)
        faults += try await StatusCheck.faults(of: root, tree: rest)
        let third = try await Strace.run(undisturbed, output: own("output"))
        if third != .exit(0) { faults.append("the run after that: \(third)") }
        let changed = try tree()
        for path in Set(rest.keys).union(changed.keys).sorted() where rest[path] != changed[path] {
            faults.append("the run after that changes \(path)")
        }
        if !faults.isEmpty, let said = try? String(contentsOf: own("output"), encoding: .utf8) {
            faults.append("they said: \(said)")
        }
        return faults
    }

    /// A file of the harness.
    private func own(_ name: String) -> URL { root.appending(path: ".caid/crash-\(name)") }

    /// Everything in the workspace that is not derived or the daemon's own: the path and contents of every regular file.
    private func tree() throws -> [String: String] {
        var found: [String: String] = [:]
        for path in try FileManager.default.subpathsOfDirectory(atPath: root.path)
        where !path.hasPrefix(".caid/") && !path.hasPrefix("status/") {
            let url = root.appending(path: path)
            guard try url.resourceValues(forKeys: [.isRegularFileKey]).isRegularFile == true else { continue }
            found[path] = String(decoding: try Data(contentsOf: url), as: UTF8.self)
        }
        return found
    }

    private func verdict(_ tree: [String: String]) -> [String] {
        var faults: [String] = []
        var known: Set<String> = []
        for file in scenario.fates {
            let copies = tree.filter { $0.key.hasPrefix("\(file.lane)/") && $0.value.hasPrefix(file.text) }
            let end = "\(file.lane)/\(file.end)/"
            let isRight = copies.keys.allSatisfy { $0.hasPrefix(end) && $0.hasSuffix(file.name) }
            if copies.count != 1 || !isRight {
                faults.append("\(file.name) lies at \(copies.keys.sorted()), not in \(end)")
            }
            known.formUnion(copies.keys)
            guard let text = copies.values.first else { continue }
            if file.isUnchanged, text != file.text { faults.append("\(file.name) holds \(text)") }
            for word in file.once where text.ranges(of: word).count != 1 {
                faults.append("\(file.name): '\(word)' stands there \(text.ranges(of: word).count) times in\n\(text)")
            }
        }
        for (path, text) in scenario.ends where tree[path] != text {
            faults.append("\(path) holds \(tree[path] ?? "nothing")")
        }
        let others = tree.keys.filter { $0.hasPrefix("tasks/") || $0.hasPrefix("reviews/") }.filter {
            !known.contains($0)
        }
        if !others.isEmpty { faults.append("left behind: \(others.sorted())") }
        let programs = (try? FileManager.default.contentsOfDirectory(atPath: root.path + "/.caid/processes")) ?? []
        if !programs.isEmpty { faults.append("left behind: programs \(programs.sorted())") }
        return faults
    }

    /// An hour, for the files that a killed writer left: so long nobody works on one.
    private func passTime() throws {
        for path in try FileManager.default.subpathsOfDirectory(atPath: root.path) where path.hasSuffix(".tmp") {
            try? FileManager.default.setAttributes(
                [.modificationDate: Date(timeIntervalSinceNow: -3600)],
                ofItemAtPath: root.appending(path: path).path)
        }
    }

    private func write(_ text: String, to path: String) throws {
        try Data(text.utf8).write(to: root.appending(path: path))
    }
}
