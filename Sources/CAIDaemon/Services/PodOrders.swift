// Owns what a running daemon answers to `caid pod start` and `caid pod stop`: whether it does it. How it ends, the pod's standing
// tells.
// Never waits for a machine.

import CAIGPU
import CAIWorkflow

extension PodKeeper {
    nonisolated func carryOut(_ order: PodOrder, say: @escaping @Sendable (String) -> Void) async -> OrderReply {
        switch order.pod {
        case .start:
            Task {
                do throws(GPUError) { _ = try await startForPerson { _ in } } catch {
                    say("the pod could not be started: \(error)")
                }
            }
            return OrderReply(.done, "the pod is being started")
        case .stop:
            do throws(GPUError) { try await mayStop(force: order.force) } catch {
                return OrderReply(.refused, "\(error)")
            }
            Task {
                do throws(GPUError) { try await stopForPerson(force: order.force) } catch {
                    say("the pod could not be stopped: \(error)")
                }
            }
            return OrderReply(.done, "the pod is being stopped")
        }
    }
}
