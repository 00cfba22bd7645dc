// Owns the tests of the rows about programs and approvals.

import TestSupport
import Testing

@testable import CAIJournal

struct ProcessesTests {
    private let folder: TemporaryFolder
    private let journal: Journal

    init() throws {
        folder = try TemporaryFolder()
        journal = try Journal(writing: folder["journal.sqlite"])
    }

    @Test func aStartThatIsTakenUpAgainChangesNothing() throws {
        try journal.processStarts(id: "p", run: "a", purpose: "agent", command: "claude -p", at: 10)
        try journal.processStarts(id: "p", run: "a", purpose: "agent", command: "other", at: 20)
        let row = try #require(try journal.processes(ofRun: "a").first)
        #expect(row.startedAt == 10 && row.command == "claude -p" && row.endedAt == nil && row.outcome == nil)
    }

    @Test func theFirstEndCounts() throws {
        try journal.processStarts(id: "p", run: "a", purpose: "agent", command: "c", at: 10)
        try journal.processEnded(id: "p", outcome: "exited with 0", at: 20)
        try journal.processEnded(id: "p", outcome: "in doubt", at: 30)
        try journal.processEnded(id: "nobody's", outcome: "x", at: 30)
        let rows = try journal.processes(ofRun: "a")
        #expect(rows.map(\.endedAt) == [20] && rows.map(\.outcome) == ["exited with 0"])
    }

    @Test func programsAreListedByRunInTheOrderOfTheirStart() throws {
        for (id, run, at) in [("2", "a", 20.0), ("1", "a", 10), ("3", "b", 5)] {
            try journal.processStarts(id: id, run: run, purpose: "agent", command: "c", at: at)
        }
        #expect(try journal.processes(ofRun: "a").map(\.id) == ["1", "2"])
        #expect(try journal.processes(ofRun: "nobody's") == [])
    }

    @Test func anApprovalIsOneRowForEachTask() throws {
        var row = ApprovalRow(queue: "gpu", name: "a.md", nonce: "n", askedAt: 10, approvedAt: nil)
        try journal.setApproval(row)
        (row.nonce, row.approvedAt) = ("m", 20)
        try journal.setApproval(row)
        let other = ApprovalRow(queue: "other", name: "a.md", nonce: "n", askedAt: 10, approvedAt: nil)
        try journal.setApproval(other)
        #expect(try journal.approvals() == [row, other])
        try journal.removeApproval(queue: "gpu", name: "a.md")
        #expect(try journal.approvals() == [other])
    }
}
