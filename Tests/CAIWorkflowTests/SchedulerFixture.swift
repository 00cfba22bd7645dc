// Owns candidates made from a name and a header, for the tests of the choice.
// Never a file.

import CAISystem
import CAIWorkflow

/// A pending task as the choice sees it.
func candidate(_ name: String, header: String = "", queue: String = "gpu", settled: Bool = true) -> Candidate {
    let text = header.isEmpty ? "# Task: X\n" : "---\n\(header)\n---\n# Task: X\n"
    let (document, problems) = TaskDocument.diagnose(Array(text.utf8), name: name, file: name)
    let status = FileStatus(kind: .regular, inode: 1, size: 1, modified: 1, mode: 0o644)
    return Candidate(
        file: PendingFile(queue: queue, name: name, status: status), document: document, problems: problems,
        isSettled: settled)
}

/// What the folders hold beside the candidates, as `queue/name`.
struct Shelves {
    var running: Set<String> = []
    var blocked: Set<String> = []
    var completed: Set<String> = []
    var cancelled: Set<String> = []

    func needs(_ candidates: [Candidate]) -> Needs {
        func split(_ key: String) -> (queue: String, name: String) {
            let parts = key.split(separator: "/").map(String.init)
            return (parts[0], parts[1])
        }
        var queues: [String: QueueFolders] = [:]
        func add(_ queue: String, _ body: (inout QueueFolders) -> Void) {
            body(&queues[queue, default: QueueFolders(name: queue)])
        }
        for candidate in candidates { add(candidate.file.queue) { $0.pending.append(candidate.file) } }
        for key in running { add(split(key).queue) { $0.inProgress.append(split(key).name) } }
        for key in blocked { add(split(key).queue) { $0.blocked.append(split(key).name) } }
        let (completed, cancelled) = (completed, cancelled)
        return Needs(queues: queues.values.sorted { $0.name < $1.name }, candidates: candidates) { state, queue, name in
            let keys = state == .completed ? completed : state == .cancelled ? cancelled : []
            return keys.contains { split($0).name == name && (queue == nil || split($0).queue == queue) }
        } completedNames: {
            completed.map { split($0).name }
        }
    }
}
