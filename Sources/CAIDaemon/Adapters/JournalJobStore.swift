// Owns the jobs' memory and the ledger over the journal.
// Never prices anything.

import CAIGPU
import CAIJournal
import CAISystem
import FoundationEssentials

/// `JobStore` in `.caid/journal.sqlite`.
struct JournalJobStore: JobStore {
    let journal: Journal
    let clock: any WallClock

    func jobStarts(_ request: JobRequest, pod: String) throws {
        try journal.jobStarts(
            id: request.id, task: request.task, step: request.step, kind: request.kind, pod: pod,
            at: clock.now().timeIntervalSince1970)
    }

    func jobEnded(_ id: String, state: String, seconds: Double, usd: Double, isMetered: Bool) throws {
        try journal.jobEnded(
            id: id, state: state, seconds: seconds, usd: usd, at: clock.now().timeIntervalSince1970,
            isMetered: isMetered)
    }

    func checkpointCame(_ checkpoint: HomeCheckpoint) throws {
        try journal.addCheckpoint(
            CheckpointRow(
                run: checkpoint.use.task, step: checkpoint.use.step, seq: checkpoint.seq, job: checkpoint.use.job,
                podSeq: checkpoint.podSeq, manifestSHA256: checkpoint.manifestSHA256, bytes: checkpoint.bytes,
                at: clock.now().timeIntervalSince1970))
    }

    func remark(_ use: PodUse, _ message: String) throws {
        try journal.addEvent(
            at: clock.now().timeIntervalSince1970, actor: "caid", target: use.task, message: message)
    }
}
