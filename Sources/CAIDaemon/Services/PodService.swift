// Owns the life of the pod's keeper beside the other services.
// Never decides anything about the pod; the keeper and its policies do.

import CAIGPU
import ServiceLifecycle

/// Looks after the pod for as long as the daemon runs.
struct PodService: Service {
    let keeper: PodKeeper

    func run() async throws {
        await cancelWhenGracefulShutdown { await keeper.run() }
    }
}
