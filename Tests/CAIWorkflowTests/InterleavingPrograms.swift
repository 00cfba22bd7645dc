// Owns how the works of an interleaving end: well, badly, or not now.
// Never starts one.

import CAISystem
import CAIWorkflow
import FoundationEssentials

extension Interleaving {
    func endSomeWork() {
        guard let (identity, work) = random.one(of: works.alive) else { return }
        works.end(identity, result(of: work))
    }

    func finishSomeWork() {
        guard let (identity, work) = random.one(of: works.all) else { return turn() }
        works.end(identity, result(of: work))
        finish(work.task, works.works[identity]?.result ?? .stopped)
    }

    /// Takes a result to the daemon, if the daemon waits for it.
    func finish(_ task: ClaimedTask, _ result: TaskResult) {
        guard let running = daemon?.dispatcher.running[task.record.key],
            InterleavingWorks.identity(running) == InterleavingWorks.identity(task.record)
        else { return }
        if case .completed = result { doneItems.formUnion(items(of: task)) }
        guard let ending = attempt("\(task.record.key) ends: \(result.word)", { try $0.finish(task, result) }) else {
            return
        }
        guard let ending else { return }
        works.forget(task.record)
        check(task, ending)
    }

    func result(of work: InterleavingWorks.Work, wellPercent: Int = 45) -> TaskResult {
        summaries += 1
        let record = work.task.record
        if document(work.task).problems > 0 { return .blocked("the header is wrong (\(summaries))") }
        if work.isStopping, random.isTrue(percent: 80) { return .stopped }
        if random.isTrue(percent: wellPercent) { return success(record) }
        let now = ground.clock.now()
        switch random.number(0...5) {
        case 0...1: return .failed("no luck (\(summaries))", signature: random.isTrue(percent: 50) ? "one" : "two")
        case 2: return .blocked("a gate (\(summaries))")
        case 3: return .held(Hold(.quota, until: now + Double(random.number(1...7200)), reason: "quota (\(summaries))"))
        case 4: return .held(Hold(.review, request: "r1.md", reason: "waits for r1.md (\(summaries))"))
        default: return .stopped
        }
    }

    func success(_ record: TaskRecord) -> TaskResult {
        var files: [NewFile] = []
        if let reviewer = Workspace.reviewer(ofLane: record.queue) {
            let verdict = random.isTrue(percent: 70) ? "Approved" : "Not approved"
            let text = "# Review \(summaries)\n\n**Verdict**: \(verdict)\n"
            files.append(NewFile(.response, owner: reviewer, name: record.name, contents: Array(text.utf8)))
            let fix = "20261121_P0_fix_\(random.number(0...1)).md"
            files.append(NewFile(.task, owner: "agents", name: fix, contents: Array("# Fix\n".utf8)))
        }
        return .completed(summary: "done (\(summaries))", notes: "- Result: \(summaries)", files: files)
    }

    func document(_ task: ClaimedTask) -> (document: TaskDocument, problems: Int) {
        let (document, problems) = TaskDocument.diagnose(task.bytes, name: task.record.name, file: task.record.name)
        return (document, problems.count)
    }
}

extension TaskResult {
    var word: String {
        switch self {
        case .completed(let summary, _, _): summary
        case .failed(let reason, let signature): "\(reason), \(signature)"
        case .blocked(let reason): reason
        case .held(let hold): hold.reason
        case .stopped: "stopped"
        case .detached: "detached"
        }
    }
}
