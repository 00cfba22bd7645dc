// Owns running work that blocks (disks, pipes) on a thread of its own instead of the shared pool.
// Never outlives its work.

import CAISystem

/// Runs `body` on a thread of its own; it sees the cancellation of the task it was called from.
func onThread<Value: Sendable>(
    _ name: String, _ body: @escaping @Sendable () throws(GPUError) -> Value
) async throws(GPUError) -> Value {
    let thread = ThreadExecutor(name: name)
    defer { thread.stop() }
    let result = await withTaskExecutorPreference(thread) { () async -> Result<Value, GPUError> in
        do throws(GPUError) { return .success(try body()) } catch { return .failure(error) }
    }
    return try result.get()
}
