// Owns what follows a request for a pod whose answer nobody saw: the pod is looked for by its name.
// Never asks for another one meanwhile, and never deletes a pod but the twins of one that was never used.

import CAISystem

extension RunPodProvider {
    /// Settles an open request: adopts the pod that came of it, or finds that there is none.
    /// - Throws: `.ambiguous` with `retryAfter` while it may still appear.
    public func recover() async throws(GPUError) {
        guard let intent = try memory().intent else { return }
        let found = try await api.pods().filter { $0.name == intent.name && $0.status != .missing }
            .sorted { ($0.rank, $0.id) < ($1.rank, $1.id) }
        guard let pod = found.first else {
            let age = clock.now().timeIntervalSince(intent.at)
            // A clock that was set back makes no age at all; the answer is worth no more waiting then.
            guard !(0..<visibleWithin).contains(age) else {
                throw GPUError(
                    .ambiguous, "whether RunPod made the pod \(intent.name) will be known in a moment",
                    retryAfter: visibleWithin - age)
            }
            return try remember { try $0.notCreated(intent.name) }
        }
        // First, so that after another crash they are still known as twins.
        for twin in found.dropFirst() {
            do throws(GPUError) { try await api.terminate(twin.id) } catch {
                guard error.code == .missing else { throw error }
            }
        }
        try remember { try $0.created(.init(id: pod.id, name: intent.name, replaces: intent.replaces)) }
    }
}

extension RunPodPod {
    /// Which of two twins is kept: the further one.
    fileprivate var rank: Int {
        switch status {
        case .running: 0
        case .preparing: 1
        case .stopped, .failed, .unknown, .missing: 2
        }
    }
}
