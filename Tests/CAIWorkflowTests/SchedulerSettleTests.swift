// Owns the tests of when a file has come to rest, in virtual time, which is never the time of day.

import CAISystem
import CAIWorkflow
import Testing

struct SchedulerSettleTests {
    private func file(_ name: String, version: Int64 = 1, inode: UInt64 = 7, modified: Int64? = nil) -> PendingFile {
        PendingFile(
            queue: "gpu", name: name,
            status: FileStatus(
                kind: .regular, inode: inode, size: version, modified: modified ?? version, mode: 0o644))
    }
    private func at(_ seconds: Double) -> Duration { .seconds(1000 + seconds) }

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

    /// Renamed in, and still written by who renamed it; or written with pauses: found out when it is to be taken.
    @Test func aFileThatCouldNotBeTakenStartsAnewHoweverItCame() {
        var tracker = tracker()
        tracker.look(at: [file("a.md")], arrived: ["gpu/a.md"], now: at(1))
        for second in [1.0, 3, 5, 7] {
            #expect(tracker.isSettled(file("a.md"), now: at(second)))
            tracker.startAnew(file("a.md"), now: at(second))
            #expect(!tracker.isSettled(file("a.md"), now: at(second)))
            #expect(tracker.nextLook(now: at(second)) == 2)
            tracker.look(at: [file("a.md")], arrived: [], now: at(second + 1.9))
            #expect(!tracker.isSettled(file("a.md"), now: at(second + 1.9)))
        }
        #expect(tracker.isSettled(file("a.md"), now: at(9)))
    }

    @Test func anotherFileOfTheSameNameSizeAndTimeStartsAnew() {
        var tracker = tracker()
        tracker.look(at: [file("a.md")], arrived: [], now: at(1))
        tracker.look(at: [file("a.md", inode: 8)], arrived: [], now: at(3))
        #expect(!tracker.isSettled(file("a.md"), now: at(3)))
        #expect(!tracker.isSettled(file("a.md", inode: 8), now: at(4.9)))
        #expect(tracker.isSettled(file("a.md", inode: 8), now: at(5)))
    }

    /// A program may set any time of modification, and some file systems count in steps of two seconds.
    @Test func whatTheFileSaysOfItsOwnTimeIsNotBelieved() {
        for modified in [0, Int64.max, 4_102_444_800_000_000_000] {
            var tracker = tracker()
            tracker.look(at: [file("a.md", modified: modified)], arrived: [], now: at(1))
            #expect(!tracker.isSettled(file("a.md", modified: modified), now: at(2.9)))
            tracker.look(at: [file("a.md", version: 2, modified: modified)], arrived: [], now: at(3))
            #expect(!tracker.isSettled(file("a.md", version: 2, modified: modified), now: at(4.9)))
            #expect(tracker.isSettled(file("a.md", version: 2, modified: modified), now: at(5)))
        }
    }

    @Test func anArrivalIsOfTheFileThatIsSeenWithItAndOfNoLaterOne() {
        var tracker = tracker()
        tracker.look(at: [file("a.md")], arrived: ["gpu/a.md"], now: at(1))
        tracker.look(at: [file("a.md", inode: 8)], arrived: [], now: at(1.1))
        #expect(!tracker.isSettled(file("a.md", inode: 8), now: at(1.1)))
        tracker.look(at: [], arrived: ["gpu/a.md"], now: at(2))
        tracker.look(at: [file("a.md")], arrived: [], now: at(2.1))
        #expect(!tracker.isSettled(file("a.md"), now: at(2.1)), "the one that arrived is gone")
    }

    /// Whatever happens, who looks when told to finds each file settled no later than `settle` after its last change.
    @Test func settlingEnds() {
        var random = SeededRandom(7)
        for _ in 0..<200 {
            var tracker = SettleTracker(settle: 2)
            var (now, changes, version) = (0.0, Int.random(in: 0...20, using: &random), Int64(1))
            var lastChange = 0.0
            tracker.look(at: [file("a.md")], arrived: [], now: at(0))
            while let wait = tracker.nextLook(now: at(now)) {
                #expect(wait > 0)
                let pause = changes > 0 ? Double.random(in: 0...3, using: &random) : wait
                now += min(wait, pause)
                if pause < wait {
                    (changes, version, lastChange) = (changes - 1, version + 1, now)
                }
                tracker.look(at: [file("a.md", version: version)], arrived: [], now: at(now))
                if pause >= wait, changes > 0 { changes -= 1 }
            }
            #expect(tracker.isSettled(file("a.md", version: version), now: at(now)))
            #expect(now <= max(lastChange + 2, 10) + 0.001)
        }
    }
}
