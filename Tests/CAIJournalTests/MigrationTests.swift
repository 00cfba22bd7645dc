// Owns the tests of a journal that an older version wrote: its rows are all there, with what is new filled in.

import GRDB
import SystemPackage
import TestSupport
import Testing

@testable import CAIJournal

struct MigrationTests {
    private let folder: TemporaryFolder
    private let path: FilePath

    init() throws {
        folder = try TemporaryFolder()
        path = folder["journal.sqlite"]
    }

    /// A journal as version 1 left it.
    private func makeFirstVersion() throws {
        let pool = try DatabasePool(path: path.string)
        try Journal.migrator.migrate(pool, upTo: "1: tasks, jobs, ledger, events")
        try pool.write { database in
            try database.execute(
                sql: """
                    INSERT INTO task (queue, name, inode, sha256, run, state, claimed_at, finished_at, outcome)
                        VALUES ('gpu', 'a.md', 7, 'aa', 'a', 'completed', 10.5, 20.5, '{"cause":"succeeded"}'),
                               ('gpu', 'b.md', -8, 'bb', 'b', 'running', 30, NULL, NULL);
                    INSERT INTO job (id, task, step, kind, pod, state, started_at, starts)
                        VALUES ('j', 'a', 'train', 'train', 'local', 'done', 11, 2);
                    INSERT INTO ledger (at, job, pod, task, step, seconds, usd, what)
                        VALUES (19, 'j', 'local', 'a', 'train', 8, 2.5, 'train');
                    INSERT INTO event (at, actor, target, message) VALUES (10, 'caid', 'a', 'claimed');
                    """)
        }
    }

    @Test func nothingOfTheFirstVersionIsLost() throws {
        try makeFirstVersion()
        let journal = try Journal(writing: path)
        let done = try #require(try journal.newestTask(queue: "gpu", name: "a.md"))
        #expect(done.state == "completed" && done.claimedAt == 10.5 && done.finishedAt == 20.5)
        #expect(done.outcome == "{\"cause\":\"succeeded\"}" && done.claims == 1)
        #expect(try journal.tasks(in: ["running"]).map(\.inode) == [-8])
        #expect(try journal.jobs(ofTask: "a").map(\.starts) == [2])
        #expect(try journal.ledgerSums() == [LedgerSum(task: "a", step: "train", seconds: 8, usd: 2.5)])
        #expect(try journal.events(of: "a").map(\.message) == ["claimed"])
        #expect(try journal.approvals() == [] && journal.processes(ofRun: "a") == [])
    }

    @Test func whatIsNewWorksOnOldRows() throws {
        try makeFirstVersion()
        let row = try #require(try Journal(writing: path).newestTask(queue: "gpu", name: "b.md"))
        let journal = try Journal(writing: path)
        try journal.reclaimTask(row.id, inode: 9, sha256: "cc", state: "claiming", keepsOutcome: true, at: 40)
        #expect(try journal.task(row.id)?.claims == 2)
        #expect(
            try journal.addTask(queue: "gpu", name: "a.md", stem: "a", inode: 1, sha256: "", state: "claiming", at: 41)
                .run == "a-2")
    }

    /// A command of the new version looks before its daemon has ever run: it sees nothing rather than half of it.
    @Test func anOlderVersionIsReadOnceItIsBroughtUpToDate() throws {
        try makeFirstVersion()
        #expect(try Journal(reading: path) == nil)
        _ = try Journal(writing: path)
        #expect(try Journal(reading: path)?.tasks(named: nil, limit: 9).map(\.name) == ["b.md", "a.md"])
    }
}
