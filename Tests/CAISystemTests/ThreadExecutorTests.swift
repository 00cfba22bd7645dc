// One thread for an actor or a task, and none once nobody needs it.

import Foundation
import Glibc
import Synchronization
import Testing

@testable import CAISystem

struct ThreadExecutorTests {
    private actor Counter {
        let thread: ThreadExecutor
        nonisolated var unownedExecutor: UnownedSerialExecutor { thread.asUnownedSerialExecutor() }
        private var threads: Set<UInt> = []
        private(set) var count = 0
        init(_ name: String) { thread = ThreadExecutor(name: name) }
        func add() -> Int {
            thread.checkIsolated()
            assumeIsolated { counter in counter.count += 1 }
            threads.insert(UInt(pthread_self()))
            return threads.count
        }
    }

    @Test func anActorsCodeRunsOnOneThread() async {
        let counter = Counter("caid-one")
        await withTaskGroup(of: Int.self) { group in
            for _ in 0..<200 { group.addTask { await counter.add() } }
            for await threads in group { #expect(threads == 1) }
        }
        #expect(await counter.count == 200)
        #expect(counter.thread.isIsolatingCurrentContext() == false)
    }

    @Test func aTasksCodeToo() async {
        let thread = ThreadExecutor(name: "caid-task")
        let isThere = await withTaskExecutorPreference(thread) {
            await Task.yield()
            return thread.isIsolatingCurrentContext()
        }
        #expect(isThere == true)
    }

    @Test func theThreadEndsWithItsOwner() async throws {
        var counter: Counter? = Counter("caid-owner")
        _ = await counter?.add()
        #expect(threads("caid-owner") == 1)
        counter = nil
        try await wait { threads("caid-owner") == 0 }
    }

    @Test func whatComesAfterTheStopIsStillDone() async throws {
        let counter = Counter("caid-stopped")
        _ = await counter.add()
        counter.thread.stop()
        try await wait { threads("caid-stopped") == 0 }
        _ = await counter.add()
        #expect(await counter.count == 2)
        try await wait { threads("caid-stopped") == 0 }
    }

    @Test func aBlockedThreadHoldsUpNobodyElse() async {
        let (blocked, other) = (Counter("caid-blocked"), Counter("caid-other"))
        let gate = DispatchSemaphore(value: 0)
        let waiting = Task { await withTaskExecutorPreference(blocked.thread) { Self.wait(gate) } }
        #expect(await other.add() == 1)
        gate.signal()
        await waiting.value
    }

    private static func wait(_ gate: DispatchSemaphore) { gate.wait() }

    private func threads(_ name: String) -> Int {
        let tasks = (try? FileManager.default.contentsOfDirectory(atPath: "/proc/self/task")) ?? []
        return tasks.count {
            (try? String(contentsOfFile: "/proc/self/task/\($0)/comm", encoding: .utf8)) == name + "\n"
        }
    }

    private func wait(_ condition: () -> Bool) async throws {
        for _ in 0..<400 {
            if condition() { return }
            try await Task.sleep(for: .milliseconds(25))
        }
        Issue.record("it did not come true within 10 s")
    }
}
