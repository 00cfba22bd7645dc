// Owns one thread of the operating system that runs the code of an actor or of a task, one piece at a time. For C libraries
// that block, or that want to be called from one thread only: on the shared pool two calls that hang would stop everything.
// Never drops a piece of work, and leaves no thread behind when it is stopped or when nobody holds it any more.

import CLinux
import Dispatch
import Glibc
import Synchronization

/// A thread as an executor: of an actor by its `unownedExecutor`, or of a task by `withTaskExecutorPreference`.
///
/// The thread starts with the first piece of work and ends after `stop()` or with the last reference. What is enqueued after
/// `stop()` is still run, on a thread that ends right after it, so that nobody waits for ever.
public final class ThreadExecutor: SerialExecutor, TaskExecutor {
    private let queue: JobQueue

    /// - Parameter name: shown by debuggers and `ps -L`; the first 15 bytes count.
    public init(name: String) { queue = JobQueue(name: name) }

    deinit { queue.stop() }

    public func enqueue(_ job: consuming ExecutorJob) { queue.add(UnownedJob(job), of: self) }

    /// Lets the thread end as soon as it has nothing to do; does not wait for it. Calling it again changes nothing.
    public func stop() { queue.stop() }

    public func asUnownedSerialExecutor() -> UnownedSerialExecutor { UnownedSerialExecutor(ordinary: self) }

    public func isIsolatingCurrentContext() -> Bool? { queue.isCurrentThread }

    public func checkIsolated() {
        precondition(queue.isCurrentThread, "this code belongs to the thread of \(queue.name)")
    }
}

/// The work that waits for the thread. The thread holds this and not the executor, whose end is the thread's.
private final class JobQueue: Sendable {
    let name: String
    private let state = Mutex(State())
    private let arrivals = DispatchSemaphore(value: 0)

    private struct State {
        var jobs: [(job: UnownedJob, executor: ThreadExecutor)] = []
        var thread: pthread_t?
        var isStopped = false
        var hasThread = false
    }

    init(name: String) { self.name = name }

    var isCurrentThread: Bool {
        state.withLock { $0.thread.map { pthread_equal($0, pthread_self()) != 0 } ?? false }
    }

    func add(_ job: UnownedJob, of executor: ThreadExecutor) {
        let needsThread = state.withLock { state in
            state.jobs.append((job, executor))
            defer { state.hasThread = true }
            return !state.hasThread
        }
        if needsThread { startThread() }
        arrivals.signal()
    }

    func stop() {
        state.withLock { $0.isStopped = true }
        arrivals.signal()
    }

    private func startThread() {
        var thread = pthread_t()
        var attributes = pthread_attr_t()
        pthread_attr_init(&attributes)
        defer { pthread_attr_destroy(&attributes) }
        pthread_attr_setdetachstate(&attributes, Int32(PTHREAD_CREATE_DETACHED))
        let context = Unmanaged.passRetained(self).toOpaque()
        let result = pthread_create(
            &thread, &attributes,
            { context in
                guard let context else { return nil }
                Unmanaged<JobQueue>.fromOpaque(context).takeRetainedValue().run()
                return nil
            }, context)
        precondition(result == 0, "the system refuses another thread: \(String(cString: strerror(result)))")
    }

    private func run() {
        _ = clinux_name_thread(name)
        state.withLock { $0.thread = pthread_self() }
        while true {
            let next = state.withLock { state in state.jobs.isEmpty ? nil : state.jobs.removeFirst() }
            if let (job, executor) = next {
                job.runSynchronously(
                    isolatedTo: executor.asUnownedSerialExecutor(), taskExecutor: executor.asUnownedTaskExecutor())
                continue
            }
            let isOver = state.withLock { state in
                guard state.isStopped, state.jobs.isEmpty else { return false }
                (state.thread, state.hasThread) = (nil, false)
                return true
            }
            if isOver { return }
            arrivals.wait()
        }
    }
}
