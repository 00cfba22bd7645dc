// Owns the tests of what is remembered of a job over boots and disks.
// Never talks to anybody.

import Testing

@testable import CAIGPU

struct JobWatchTests {
    private var watch = JobWatch(JobPulse(StallSettings(), kind: "train"))

    /// One attempt of so many seconds, and so many steps.
    private mutating func reads(_ attempts: Int, seconds: Int = 100) {
        for number in 0..<attempts {
            let t = 1000 * (number + 1)
            let lines = [
                #"{"t":\#(t),"event":"started"}"#,
                #"{"t":\#(t + seconds),"event":"progress","done":\#(number + 1),"unit":"steps"}"#,
            ]
            _ = watch.take(Array((lines.joined(separator: "\n") + "\n").utf8), limit: 1 << 18, at: 0)
        }
    }

    @Test mutating func aDiskThatCameAlongCountsOnce() {
        watch.moves(to: "boot 1")
        reads(2)
        watch.moves(to: "boot 2")
        reads(3)
        watch.closes()
        #expect(watch.seconds == 300)
    }

    @Test mutating func whatWasWorkedOnDisksThatAreGoneIsNotForgotten() {
        watch.moves(to: "boot 1")
        reads(2)
        watch.moves(to: "boot 2")
        watch.findsNothing()
        reads(1)
        // The second disk comes along; nothing can be read of it in between.
        watch.moves(to: "boot 3")
        watch.moves(to: "boot 4")
        reads(2)
        watch.closes()
        #expect(watch.seconds == 200 + 200)
        watch.moves(to: "boot 5")
        watch.findsNothing()
        reads(1)
        watch.closes()
        #expect(watch.seconds == 200 + 200 + 100)
    }

    /// The folder is gone, the machine is not.
    @Test mutating func anEmptyFolderIsReadFromItsBeginning() {
        watch.moves(to: "boot 1")
        reads(2)
        watch.findsNothing()
        #expect(watch.reader.offset == 0 && watch.checkpoint == nil && watch.readAt == nil)
        reads(1)
        watch.closes()
        #expect(watch.seconds == 300)
    }

    /// Steps below those of an earlier disk are steps all the same.
    @Test mutating func onAnotherDiskItAdvancesAnew() {
        watch.moves(to: "boot 1")
        watch.starts()
        reads(9)
        watch.findsNothing()
        watch.starts()
        reads(1)
        let first = (0..<10).map { _ in watch.died() }
        #expect(first.allSatisfy { $0 })
        watch.starts()
        let second = (0..<4).map { _ in watch.died() }
        #expect(second == [true, true, true, false])
    }
}
