// Owns the tests of the lock: another process holds it, dies, and it is free.

import CAISystem
import Glibc
import SystemPackage
import TestSupport
import Testing

struct FileLockTests {
    private let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    @Test func aLockHeldByAnotherProcessIsFreeWhenThatIsKilled() throws {
        let path = folder["lock"]
        #expect(FileLock.holder(of: path) == nil)
        let child = try LockingChild(lock: path)
        #expect(try FileLock.acquire(path) == nil)
        #expect(FileLock.holder(of: path) == child.pid)
        child.kill()
        #expect(FileLock.holder(of: path) == nil)
        let lock = try #require(try FileLock.acquire(path))
        withExtendedLifetime(lock) { #expect(FileLock.holder(of: path) == getpid()) }
    }

    @Test func releasingFreesIt() throws {
        let path = folder["lock"]
        var lock = try FileLock.acquire(path)
        #expect(lock != nil)
        // Another open file of the same process is refused as well.
        #expect(try FileLock.acquire(path) == nil)
        lock = nil
        #expect(FileLock.holder(of: path) == nil)
        #expect(try FileLock.acquire(path) != nil)
    }

    @Test func aLongerProcessNumberLeavesNothingBehind() throws {
        let path = try folder.write("123456789012345\n", to: "lock")
        let lock = try #require(try FileLock.acquire(path))
        let text = try folder.text("lock")
        withExtendedLifetime(lock) { #expect(text == "\(getpid())\n") }
    }

    /// Asking for the holder takes the lock for a moment. Whoever really wants it must not be turned away by that.
    @Test func askingForTheHolderTurnsNobodyAway() async throws {
        let path = folder["lock"]
        let asking = Task.detached {
            while !Task.isCancelled { _ = FileLock.holder(of: path) }
        }
        for _ in 0..<200 {
            let lock = try FileLock.acquire(path)
            #expect(lock != nil)
        }
        asking.cancel()
        await asking.value
    }

    @Test func aLinkIsNoLock() throws {
        let target = try folder.write("text of a person", to: "target")
        try makeSymbolicLink(folder["lock"], to: target)
        #expect(throws: Errno.tooManySymbolicLinkLevels) { try FileLock.acquire(folder["lock"]) }
        #expect(try folder.text("target") == "text of a person")
    }
}
