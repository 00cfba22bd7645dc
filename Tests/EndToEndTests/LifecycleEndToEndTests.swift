// Owns the main job seen from outside: dropped files run in the order of their priority, bad ones are blocked with words,
// and the exit code tells.

import Foundation
import Testing

@Suite("Dropped files", .serialized)
struct LifecycleEndToEndTests {
    private func preflight(_ title: String) -> String {
        "---\npipeline: stage1\nuntil: preflight\n---\n# Task: \(title)\n"
    }

    @Test("three priorities run in order; a malformed header and an unknown pipeline are blocked; exit 3, then 0")
    func priorities() throws {
        let caid = try Caid(configuration: "settle: 1s\n")
        try caid.drop("20261121_P2_last.md", preflight("Last"))
        try caid.drop("20261121_P0_first.md", preflight("First"))
        try caid.drop("20261121_P1_second.md", preflight("Second"))
        try caid.drop("20261121_P3_malformed.md", "---\npipeline: [stage1\n---\n# Task: Malformed\n")
        try caid.drop("20261121_P3_unknown.md", "---\npipeline: stage9\n---\n# Task: Unknown\n")
        let first = try caid.drain()
        #expect(first.status == 3, "\(first.output)")
        let started = first.output.split(separator: "\n").filter { $0.contains(": started") }.map { $0.prefix(17) }
        #expect(started.prefix(3) == ["20261121_P0_first", "20261121_P1_secon", "20261121_P2_last."])
        for name in ["P0_first", "P1_second", "P2_last"] {
            #expect(caid.exists("tasks/gpu/completed/20261121_\(name).md"))
        }
        let malformed = try caid.text("tasks/gpu/blocked/20261121_P3_malformed.md")
        #expect(malformed.contains("20261121_P3_malformed.md:3:1: "))
        let unknown = try caid.text("tasks/gpu/blocked/20261121_P3_unknown.md")
        #expect(unknown.contains("there is no pipeline 'stage9'; there are: m0, stage1"))

        try caid.drop("20261122_P1_again.md", preflight("Again"))
        let second = try caid.drain()
        #expect(second.status == 0, "\(second.output)")
        let report = try caid.text("status/status.json")
        let json = try #require(try JSONSerialization.jsonObject(with: Data(report.utf8)) as? [String: Any])
        let queues = try #require(json["queues"] as? [[String: Any]])
        let gpu = try #require(queues.first { $0["name"] as? String == "gpu" })
        #expect(gpu["completed"] as? Int == 4)
        #expect((gpu["blocked"] as? [Any])?.count == 2)
        for page in ["PROJECT_STATUS", "QUEUE", "POD_STATUS", "BUDGET"] { #expect(caid.exists("status/\(page).md")) }
    }

    @Test("a second daemon in the same workspace exits 1 and names the first")
    func singleInstance() async throws {
        let caid = try Caid()
        let (first, _) = try Caid.start(["run", "--root", caid.root.path])
        defer { first.terminate() }
        let end = Date().addingTimeInterval(20)
        while !caid.exists("status/status.json"), Date() < end { try await Task.sleep(for: .milliseconds(50)) }
        let second = try caid.drain()
        #expect(second.status == 1)
        #expect(second.output.contains("\(first.processIdentifier)"))
    }
}
