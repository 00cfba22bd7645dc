// Owns the tests of when a file has come to rest, in virtual time.

import CAISystem
import CAIWorkflow
import FoundationEssentials
import Testing

struct SchedulerSettleTests {
    private func file(_ name: String, version: Int64 = 1) -> PendingFile {
        PendingFile(
            queue: "gpu", name: name,
            status: FileStatus(kind: .regular, inode: 7, size: version, modified: version, mode: 0o644))
    }
    private func at(_ seconds: Double) -> Date { Date(timeIntervalSince1970: 1000 + seconds) }

    /// A tracker whose start is over.
    private func tracker() -> SettleTracker {
        var tracker = SettleTracker(settle: 2)
        tracker.look(at: [], arrived: [], now: at(0))
        return tracker
    }

    @Test func twoLooksApartAreNeeded() {
        var tracker = tracker()
        tracker.look(at: [file("a.md")], arrived: [], now: at(1))
        #expect(!tracker.isSettled(file("a.md"), now: at(1)))
        #expect(tracker.nextLook(now: at(1)) == 2)
        tracker.look(at: [file("a.md")], arrived: [], now: at(2.9))
        #expect(!tracker.isSettled(file("a.md"), now: at(2.9)))
        tracker.look(at: [file("a.md")], arrived: [], now: at(3))
        #expect(tracker.isSettled(file("a.md"), now: at(3)))
        #expect(tracker.nextLook(now: at(3)) == nil)
        #expect(!tracker.isSettled(file("never looked at.md"), now: at(9)))
    }

    @Test func aFileThatKeepsChangingNeverSettles() {
        var tracker = tracker()
        for second in 1...100 {
            tracker.look(at: [file("a.md", version: Int64(second))], arrived: [], now: at(Double(second)))
            #expect(!tracker.isSettled(file("a.md", version: Int64(second)), now: at(Double(second))))
        }
        tracker.look(at: [file("a.md", version: 100)], arrived: [], now: at(102))
        #expect(tracker.isSettled(file("a.md", version: 100), now: at(102)))
        #expect(!tracker.isSettled(file("a.md", version: 101), now: at(102)), "not as it was looked at")
    }

    @Test func aFileThatArrivesByRenameIsSettledAtOnce() {
        var tracker = tracker()
        tracker.look(at: [file("a.md")], arrived: ["gpu/a.md"], now: at(1))
        #expect(tracker.isSettled(file("a.md"), now: at(1)))
        #expect(tracker.nextLook(now: at(1)) == nil)
        // The hint may come after the scan that saw the file.
        tracker.look(at: [file("b.md")], arrived: [], now: at(2))
        tracker.look(at: [file("b.md")], arrived: ["gpu/b.md"], now: at(2.1))
        #expect(tracker.isSettled(file("b.md"), now: at(2.1)))
        // Written to after that, it is no longer the file that arrived.
        tracker.look(at: [file("b.md", version: 2)], arrived: [], now: at(3))
        #expect(!tracker.isSettled(file("b.md", version: 2), now: at(3)))
        tracker.look(at: [file("c.md")], arrived: ["other/c.md"], now: at(4))
        #expect(!tracker.isSettled(file("c.md"), now: at(4)), "that was another queue's")
    }

    @Test func aFileThatGoesAndComesBackStartsAnew() {
        var tracker = tracker()
        tracker.look(at: [file("a.md")], arrived: [], now: at(1))
        tracker.look(at: [], arrived: [], now: at(2))
        tracker.look(at: [file("a.md")], arrived: [], now: at(3))
        #expect(!tracker.isSettled(file("a.md"), now: at(4)))
    }

    @Test func atTheStartNothingIsTakenBeforeEverythingHasSettled() {
        var tracker = SettleTracker(settle: 2)
        let first = [file("a.md"), file("b.md")]
        tracker.look(at: first, arrived: ["gpu/a.md"], now: at(0))
        #expect(!tracker.isSettled(first[0], now: at(0)), "b has not settled")
        tracker.look(at: first, arrived: [], now: at(2))
        #expect(first.allSatisfy { tracker.isSettled($0, now: at(2)) })
    }

    @Test func whatComesLaterDoesNotHoldUpTheStart() {
        var tracker = SettleTracker(settle: 2)
        tracker.look(at: [file("a.md")], arrived: [], now: at(0))
        tracker.look(at: [file("a.md"), file("new.md")], arrived: [], now: at(2))
        #expect(tracker.isSettled(file("a.md"), now: at(2)))
        #expect(!tracker.isSettled(file("new.md"), now: at(2)))
    }

    @Test func theStartTakesTenSecondsAtMost() {
        var tracker = SettleTracker(settle: 3)
        var now = 0.0
        while true {
            // One file is written to without end; the scanner looks when it is told to.
            let busy = file("busy.md", version: Int64(now * 1000))
            tracker.look(at: [file("a.md"), busy], arrived: [], now: at(now))
            if tracker.isSettled(file("a.md"), now: at(now)) { break }
            guard let wait = tracker.nextLook(now: at(now)), now < 60 else { break }
            #expect(wait > 0)
            now += wait
        }
        #expect(now == 10)
    }

    @Test func anEmptyStartIsOverAtOnce() {
        var tracker = tracker()
        tracker.look(at: [file("a.md")], arrived: ["gpu/a.md"], now: at(0.1))
        #expect(tracker.isSettled(file("a.md"), now: at(0.1)))
    }
}
