// A task's own limits, with work that does nothing but end as it is told.

import CAIYAML
import Synchronization
import Testing

@testable import CAIDaemon

@Suite("Task limits")
struct TaskLimitsTests {
    @Test("a failed job is tried again as often as the header says, and no more")
    func retries() async {
        let tries = Mutex(0)
        let limits = TaskLimits(timeout: nil, retries: 2, backoff: 0.001)
        let result = await limits.run({
            tries.withLock { $0 += 1 }
            return .failed("no luck")
        }) { _ in }
        #expect(tries.withLock { $0 } == 3)
        guard case .failed(let reason) = result else { return #expect(Bool(false), "\(result)") }
        #expect(reason == "no luck")
    }

    @Test("what is blocked is not tried again, and a later success counts")
    func ends() async {
        let tries = Mutex(0)
        let limits = TaskLimits(timeout: nil, retries: 5, backoff: 0.001)
        let blocked = await limits.run({
            tries.withLock { $0 += 1 }
            return .blocked("a gate")
        }) { _ in }
        if case .blocked = blocked {} else { #expect(Bool(false), "\(blocked)") }
        #expect(tries.withLock { $0 } == 1)
        let second = await limits.run({
            tries.withLock { count in
                count += 1
                return count < 3 ? .failed("not yet") : .completed(summary: "done", notes: "")
            }
        }) { _ in }
        if case .completed = second {} else { #expect(Bool(false), "\(second)") }
    }

    @Test("work that takes too long is stopped and blocked, and says what to do; a shutdown is no timeout")
    func timeout() async throws {
        let limits = TaskLimits(timeout: DurationText("0.02s"), retries: 0)
        let endless: @Sendable () async -> TaskResult = {
            try? await Task.sleep(for: .seconds(60))
            return .stopped
        }
        let result = await limits.run(endless) { _ in }
        guard case .blocked(let reason) = result else { return #expect(Bool(false), "\(result)") }
        #expect(reason.contains("timeout of 0.02s") && reason.contains("pending/"))

        let long = TaskLimits(timeout: DurationText("1h"), retries: 0)
        let task = Task { await long.run(endless) { _ in } }
        task.cancel()
        if case .stopped = await task.value {} else { #expect(Bool(false), "a shutdown must leave the task resumable") }
    }
}
