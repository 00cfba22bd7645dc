// Owns the tests of the rows about checkpoints at home.

import TestSupport
import Testing

@testable import CAIJournal

struct CheckpointsTests {
    private let folder: TemporaryFolder
    private let journal: Journal

    init() throws {
        folder = try TemporaryFolder()
        journal = try Journal(writing: folder["journal.sqlite"])
    }

    private func row(_ seq: Int, job: String = "j", step: String = "train", at: Double) -> CheckpointRow {
        CheckpointRow(
            run: "a", step: step, seq: seq, job: job, podSeq: seq + 40, manifestSHA256: "ab", bytes: 3_200_000_000,
            at: at)
    }

    @Test func whatIsReturnedIsWhatIsStored() throws {
        try journal.addCheckpoint(row(1, at: 10))
        #expect(try journal.newestCheckpoint(ofJob: "j") == row(1, at: 10))
        #expect(try journal.newestCheckpoint(ofJob: "other") == nil)
        #expect(try journal.checkpoints(ofRun: "a", step: "other") == [])
    }

    @Test func theNewestOfAJobIsTheLastThatCame() throws {
        for (seq, job) in [(1, "j"), (2, "k"), (3, "j"), (4, "k")] {
            try journal.addCheckpoint(row(seq, job: job, at: Double(seq)))
        }
        #expect(try journal.newestCheckpoint(ofJob: "j")?.seq == 3)
        #expect(try journal.checkpoints(ofRun: "a", step: "train").map(\.seq) == [4, 3, 2, 1])
    }

    /// After a crash between the folder and its row, the number is told again.
    @Test func toldAgainItReplaces() throws {
        try journal.addCheckpoint(row(1, at: 10))
        var again = row(1, job: "k", at: 20)
        again.manifestSHA256 = "cd"
        try journal.addCheckpoint(again)
        #expect(try journal.checkpoints(ofRun: "a", step: "train") == [again])
        #expect(try journal.newestCheckpoint(ofJob: "j") == nil)
    }
}
