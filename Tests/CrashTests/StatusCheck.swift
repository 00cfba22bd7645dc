// Owns the comparison of `caid status --json` with the folders it tells of.

import Foundation

enum StatusCheck {
    private struct Report: Decodable {
        struct Item: Decodable { var file: String }
        struct Lane: Decodable {
            var name: String
            var pending, in_progress, blocked: [Item]
            var completed, done: Int?
        }
        var queues, reviews: [Lane]
    }

    /// - Parameter tree: every file of the workspace.
    /// - Returns: where the report and the folders differ.
    static func faults(of root: URL, tree: [String: String]) async throws -> [String] {
        let output = root.appending(path: ".caid/crash-status")
        let end = try await Strace.run(
            [CrashTemplate.executable.path, "status", "--json", "--root", root.path], output: output)
        guard end == .exit(0), let report = try? JSONDecoder().decode(Report.self, from: Data(contentsOf: output))
        else {
            return ["caid status: \(end)"]
        }
        var faults: [String] = []
        for (top, lanes) in [("tasks", report.queues), ("reviews", report.reviews)] {
            for lane in lanes {
                func names(_ state: String) -> [String] {
                    let folder = "\(top)/\(lane.name)/\(state)/"
                    return tree.keys.filter { $0.hasPrefix(folder) }.map { String($0.dropFirst(folder.count)) }.sorted()
                }
                for (state, items) in [
                    ("pending", lane.pending), ("in_progress", lane.in_progress), ("blocked", lane.blocked),
                ] where items.map(\.file).sorted() != names(state) {
                    faults.append("caid status: \(lane.name)/\(state) is \(items.map(\.file)), not \(names(state))")
                }
                for (state, count) in [("completed", lane.completed), ("done", lane.done)]
                where count != nil && count != names(state).count {
                    faults.append("caid status: \(lane.name)/\(state) is \(count ?? 0), not \(names(state))")
                }
            }
        }
        return faults
    }
}
