// Owns inotify(7): says that something may have changed, and which names arrived whole by a rename.
// A hint only makes a scan come earlier; what counts is always the scan. An overflow is just one more hint.

import Dispatch
import Glibc
import Synchronization
import SystemPackage

/// Watches folders and wakes a scanner.
public final class DirectoryHints: Sendable {
    /// One element each time something may have changed since the last one was taken.
    public let wakeups: AsyncStream<Void>

    private let state = Mutex(State())
    private let descriptor: Int32
    // libdispatch's objects are thread-safe; the protocol only lacks the mark.
    private nonisolated(unsafe) let source: any DispatchSourceRead
    private let continuation: AsyncStream<Void>.Continuation

    private struct State {
        var folders: [Int32: (path: FilePath, only: String?)] = [:]
        var arrivals: Set<FilePath> = []
    }

    /// - Throws: `Errno` where the machine has no inotify instance left.
    public init() throws {
        descriptor = inotify_init1(Int32(IN_NONBLOCK | IN_CLOEXEC))
        guard descriptor >= 0 else { throw Errno(rawValue: errno) }
        (wakeups, continuation) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1))
        source = DispatchSource.makeReadSource(fileDescriptor: descriptor, queue: .global())
        let fd = descriptor
        source.setCancelHandler { close(fd) }
        source.setEventHandler { [weak self] in self?.drain() }
        source.activate()
    }

    deinit {
        source.cancel()
        continuation.finish()
    }

    /// Adds a folder; one that is gone or that cannot be watched is left to the regular rescan.
    /// - Parameters:
    ///   - appends: also hint at every write into a file, for following one that grows.
    ///   - only: the one name in the folder that matters; all of them by default.
    public func watch(_ folder: FilePath, appends: Bool = false, only: String? = nil) {
        var mask = UInt32(IN_CREATE | IN_MOVED_TO | IN_MOVED_FROM | IN_CLOSE_WRITE | IN_DELETE | IN_ONLYDIR)
        if appends { mask |= UInt32(IN_MODIFY) }
        let watch = inotify_add_watch(descriptor, folder.string, mask)
        if watch >= 0 { state.withLock { $0.folders[watch] = (folder, only) } }
    }

    /// The files that have arrived by rename since the last call; such a file is whole.
    public func takeArrivals() -> Set<FilePath> {
        state.withLock { state in
            defer { state.arrivals = [] }
            return state.arrivals
        }
    }

    private func drain() {
        let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 16, alignment: 8)
        defer { buffer.deallocate() }
        var matters = false
        while case let count = Glibc.read(descriptor, buffer.baseAddress, buffer.count), count > 0 {
            var offset = 0
            while offset + MemoryLayout<inotify_event>.size <= count {
                let event = buffer.loadUnaligned(fromByteOffset: offset, as: inotify_event.self)
                let nameStart = offset + MemoryLayout<inotify_event>.size
                let nameEnd = nameStart + Int(event.len)
                guard nameEnd <= count else { break }
                let name = String(decoding: buffer[nameStart..<nameEnd].prefix { $0 != 0 }, as: UTF8.self)
                if note(event, name) { matters = true }
                offset = nameEnd
            }
        }
        if matters { continuation.yield() }
    }

    /// - Returns: whether a scan should look. An overflow (no folder of ours) always says yes.
    private func note(_ event: inotify_event, _ name: String) -> Bool {
        state.withLock { state in
            guard let folder = state.folders[event.wd] else { return true }
            if let only = folder.only, only != name, !name.isEmpty { return false }
            if event.mask & UInt32(IN_MOVED_TO) != 0 { state.arrivals.insert(folder.path.appending(name)) }
            return true
        }
    }
}
