// Owns following a file on the other side: a little program there looks twice a second and says when something changed.
// Never reads the file, and takes a connection of its own, so that nobody waits behind it.

import Synchronization
import SystemPackage

extension SSHConnection {
    /// As `PodConnection.changes`. Ends where its connection is lost or this one is closed.
    public nonisolated func changes(of path: FilePath, atLeastEvery seconds: Double) -> AsyncStream<Void> {
        let (stream, continuation) = AsyncStream<Void>.makeStream(bufferingPolicy: .bufferingNewest(1))
        let command = ["python3", "-c", Self.follower, path.string, "\(seconds)"]
        let task = Task { [settings] in
            defer { continuation.finish() }
            guard let connection = try? await SSHConnection.open(settings) else { return }
            try? await connection.converse(command, patience: 2 * seconds + 30) { stream throws(GPUError) in
                let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 256, alignment: 16)
                defer { buffer.deallocate() }
                while try stream.read(into: buffer) > 0 { continuation.yield() }
            }
            await connection.close()
        }
        followers.add(task)
        continuation.onTermination = { _ in task.cancel() }
        return stream
    }

    /// Ends with its standard input, which is what closing the connection closes.
    private static let follower = """
        import os, select, sys, time
        path, every, last, said = sys.argv[1], float(sys.argv[2]), None, 0.0
        while True:
            try: now = os.lstat(path); now = (now.st_ino, now.st_size, now.st_mtime_ns)
            except OSError: now = ()
            if now != last or time.monotonic() - said >= every:
                os.write(1, b"."); last, said = now, time.monotonic()
            if select.select([0], [], [], min(0.5, every))[0] and not os.read(0, 4096): break
        """
}

/// The streams that end with their connection.
final class SSHFollowers: Sendable {
    private let tasks = Mutex<[Task<Void, Never>]>([])

    func add(_ task: Task<Void, Never>) {
        tasks.withLock { tasks in
            tasks.removeAll(where: \.isCancelled)
            tasks.append(task)
        }
    }

    func end() {
        for task in tasks.withLock({ $0 }) { task.cancel() }
    }
}
