// Owns the tests of how long a pipeline may take, with work that does nothing but end as it is told.

import CAIWorkflow
import CAIYAML
import Testing

@testable import CAIDaemon

@Suite("Task limits")
struct TaskLimitsTests {
    private let endless: @Sendable () async -> TaskResult = {
        try? await Task.sleep(for: .seconds(60))
        return .stopped
    }

    @Test("work that ends in time ends as it does, and once", arguments: [nil, DurationText("1h")])
    func inTime(timeout: DurationText?) async {
        for result in [
            TaskResult.completed(summary: "done", notes: ""), .failed("x", signature: "s"), .blocked("a gate"),
        ] {
            let limited = await TaskLimits(timeout: timeout).run { result }
            #expect(limited == result)
        }
    }

    @Test("work that takes too long is stopped and blocked, and says what to do")
    func timeout() async throws {
        let result = await TaskLimits(timeout: DurationText("0.02s")).run(endless)
        guard case .blocked(let reason) = result else {
            Issue.record("\(result)")
            return
        }
        #expect(reason.contains("timeout of 0.02s") && reason.contains("caid retry"))
    }

    @Test("what fails while it is being stopped has failed")
    func failsInTheEnd() async {
        let result = await TaskLimits(timeout: DurationText("0.02s")).run {
            try? await Task.sleep(for: .seconds(60))
            return .failed("no checkpoint", signature: "c")
        }
        #expect(result == .failed("no checkpoint", signature: "c"))
    }

    @Test("a shutdown is no timeout: the task can go on", arguments: [nil, DurationText("1h")])
    func shutdown(timeout: DurationText?) async {
        let endless = endless
        let task = Task { await TaskLimits(timeout: timeout).run(endless) }
        task.cancel()
        #expect(await task.value == .stopped)
    }
}
