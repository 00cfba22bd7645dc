// Owns making this machine fit for jobs: the worker's Python environment, where it is missing.
// Never arms a dead-man switch: this machine is not stopped.

import CAIGPU

/// `Bootstrap` of the local pod.
struct EnvironmentBootstrap: Bootstrap {
    let python: PythonEnvironment

    func prepare(
        _ connection: any PodConnection, _ machine: Machine, say: @escaping @Sendable (String) -> Void
    ) async throws(GPUError) {
        do { try await python.make { say("preparing: \($0)") } } catch {
            throw Task.isCancelled
                ? GPUError(.stopped, "stopped while the Python environment was made")
                : GPUError(.refused, "the Python environment could not be made: \(error); `make deps` shows every step")
        }
    }

    func word(_ connection: any PodConnection) async throws(GPUError) -> String? { nil }
}
