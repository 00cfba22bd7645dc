// Owns what the configuration means for the queues: how many run at once, how often they are tried, what cannot run at all.
// Never looks at a folder.

import CAIWorkflow

extension BoardRules {
    /// The one pod, which all pipelines and scripts share.
    static let pod = "the pod"

    init(_ config: Config) {
        let ofPod = config.queues.values.filter { $0.executor != .agent }
        self.init(
            concurrency: { config.queues[$0]?.concurrency ?? 1 },
            // A reviewer that is tried again costs little, and one whose answer is missing holds everything up.
            retries: { Workspace.reviewer(ofLane: $0) == nil ? config.queues[$0]?.retries ?? 0 : 2 },
            shared: [Self.pod: ofPod.map(\.concurrency).max() ?? 1],
            takes: { config.runsOnPod($0) ? Self.pod : nil }, obstacle: { config.obstacle($0).map(Waiting.person) },
            reviewers: Set(config.reviewers.keys))
    }
}

extension Config {
    /// Whether the task's work is a pipeline's or a script's; an agent's task whose header names one is too.
    fileprivate func runsOnPod(_ candidate: Candidate) -> Bool {
        let queue = candidate.file.queue
        guard Workspace.reviewer(ofLane: queue) == nil else { return false }
        let header = candidate.document.frontMatter
        if header.pipeline != nil || header.script != nil { return true }
        return queues[queue].map { $0.executor != .agent } ?? false
    }

    /// Why nothing here can run a task, whenever its turn comes.
    fileprivate func obstacle(_ candidate: Candidate) -> String? {
        let header = candidate.document.frontMatter
        let queue = candidate.file.queue
        if let reviewer = Workspace.reviewer(ofLane: queue) {
            return reviewers[reviewer] == nil
                ? "there is no reviewer '\(reviewer)' in cai.yaml: add reviewers.\(reviewer).command" : nil
        }
        let executor = queues[queue]?.executor
        if header.pipeline == nil, header.script == nil, executor == .script {
            return
                "the queue '\(queue)' runs scripts and the header names none: add `script: scripts/NAME.py` between `---` lines "
                + "at the top of the file"
        }
        if header.verify != nil, queues[queue]?.allowVerify != true {
            return
                "`verify` is not allowed here: set queues.\(queue).allow_verify: true in cai.yaml, or remove it from the header"
        }
        if header.pipeline == nil, header.script == nil, executor == nil {
            return "there is no queue '\(queue)' in cai.yaml, and the header names neither a pipeline nor a script"
        }
        return nil
    }
}
