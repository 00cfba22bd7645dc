// Owns the tests of reading events from a file that grows, and of what they amount to.

import Testing

@testable import CAIGPU

struct JobEventTests {
    private func events(_ text: String, reader: inout EventReader) -> [String] {
        reader.take(Array(text.utf8), limit: 1000).map(\.event)
    }

    @Test func onlyWholeLinesAreTaken() {
        var reader = EventReader()
        let first = #"{"t":1,"event":"started"}"# + "\n"
        #expect(events(first + #"{"t":2,"eve"#, reader: &reader) == ["started"])
        #expect(reader.offset == Int64(first.utf8.count), "the torn line is read again from its start")
        #expect(events(#"{"t":2,"event":"log"}"# + "\n", reader: &reader) == ["log"])
        #expect(events("", reader: &reader) == [])
        #expect(events("{", reader: &reader) == [])
    }

    @Test func whatIsNoEventIsPassedOver() {
        var reader = EventReader()
        let lines = ["junk", "", "[]", "{}", #"{"event":"log"}"#, #"{"t":"x","event":"log"}"#, "\u{0}\u{1}"]
        let text = lines.joined(separator: "\n") + "\n" + #"{"t":1,"event":"from the future","x":{"y":1}}"# + "\n"
        #expect(events(text, reader: &reader) == ["from the future"])
        #expect(reader.offset == Int64(text.utf8.count))
        #expect(reader.take([0xFF, 0xFE, 0x0A], limit: 1000).isEmpty)
    }

    @Test func aLineLongerThanALookDoesNotHoldUpTheRest() {
        var reader = EventReader()
        let long = [UInt8](repeating: 0x78, count: 1000)
        #expect(reader.take(long, limit: 1000).isEmpty)
        #expect(reader.offset == 1000)
        #expect(events("xx\n" + #"{"t":1,"event":"done"}"# + "\n", reader: &reader) == ["done"])
    }

    private func history(_ lines: [String]) -> JobHistory {
        var (reader, history) = (EventReader(), JobHistory())
        for event in reader.take(Array((lines.joined(separator: "\n") + "\n").utf8), limit: .max) { history.add(event) }
        history.closeAttempt()
        return history
    }

    @Test func timeIsCountedPerAttemptAndNotBetween() {
        let history = history([
            #"{"t":100,"event":"started"}"#, #"{"t":110,"event":"stopped","checkpoint":1}"#,
            #"{"t":500,"event":"started"}"#, #"{"t":503,"event":"progress","done":1}"#,
            #"{"t":900,"event":"started"}"#, #"{"t":904,"event":"done","seconds":4.0}"#,
        ])
        #expect(history.workedSeconds == 10 + 3 + 4)
        #expect(history.ending?.event == "done")
        #expect(history.attempts == 3)
    }

    @Test func aNewAttemptHasNoEndingYet() {
        let lines = [#"{"t":1,"event":"started"}"#, #"{"t":2,"event":"failed","error":"x"}"#]
        #expect(history(lines).ending?.error == "x")
        #expect(history(lines + [#"{"t":3,"event":"started"}"#]).ending == nil)
    }

    @Test func onlyWorkAndCheckpointsAreAnAdvance() {
        let loading = #"{"t":1,"event":"progress","done":500,"unit":"bytes"}"#
        #expect(history([loading, #"{"t":1,"event":"progress","done":7}"#]).advance == 0)
        let steps = #"{"t":2,"event":"progress","done":5,"unit":"steps"}"#
        let fewer = #"{"t":3,"event":"progress","done":2,"unit":"records"}"#
        #expect(history([loading, steps, fewer]).advance == 5, "it never goes back")
        #expect(history([steps, #"{"t":4,"event":"checkpoint","seq":1,"step":4}"#]).advance == 6)
    }

    @Test func clocksThatRunBackwardsCostNothing() {
        #expect(history([#"{"t":100,"event":"started"}"#, #"{"t":50,"event":"done"}"#]).workedSeconds == 0)
    }

    /// Whatever a pod writes: no number traps, none is taken that cannot be, and nothing is remembered of what is no event.
    @Test(arguments: [
        #"{"t":1e300,"event":"started"}"#, #"{"t":-5,"event":"started"}"#, #"{"t":NaN,"event":"started"}"#,
        #"{"t":1e999,"event":"started"}"#, #"{"t":Infinity,"event":"started"}"#,
        #"{"t":1,"event":"checkpoint","seq":99999999999999999999999999}"#, #"{"t":1,"event":"checkpoint","seq":-1}"#,
        #"{"t":1,"event":"checkpoint","seq":0}"#, #"{"t":1,"event":"checkpoint","seq":1000000}"#,
        #"{"t":1,"event":"checkpoint","seq":1,"seconds":-1e308}"#, #"{"t":1,"event":"done","seconds":1e308}"#,
        #"{"t":1,"event":"progress","done":1e308,"total":1,"unit":"steps"}"#,
        #"{"t":1,"event":"progress","done":1,"total":-1e300,"unit":"steps"}"#,
        #"{"t":1,"event":"progress","done":1,"eta_s":1e300}"#, #"{"t":1,"event":"progress","step":1e40}"#,
        #"{"t":1,"event":"stopped","checkpoint":-9223372036854775808}"#,
        #"{"t":{"t":{"t":1}},"event":"started"}"#, #"[[[[[[[[[[[[[[[[[[[[[[[["#,
        String(repeating: #"{"a":"#, count: 40_000) + "}", #"{"t":1,"event":"started","seq":1.5}"#,
        #"{"t":true,"event":"started"}"#,
    ])
    func aNumberThatCannotBeIsNoEvent(line: String) {
        var reader = EventReader()
        #expect(events(line + "\n", reader: &reader) == [])
        #expect(reader.offset == Int64(line.utf8.count + 1))
    }

    @Test(arguments: [
        #"{"a":{"sha256":"D","bytes":9223372036854775807},"b":{"sha256":"D","bytes":9223372036854775807}}"#,
        #"{"manifest.json":{"sha256":"D","bytes":1}}"#, #"{"a":{"sha256":"D","bytes":-1}}"#,
        #"{"a":{"sha256":"D","bytes":1e300}}"#, #"{"../a":{"sha256":"D","bytes":1}}"#,
        #"{"a":{"sha256":"x","bytes":1}}"#,
    ])
    func aManifestThatCannotBeIsNone(files: String) {
        func manifest(_ files: String) -> JobManifest? {
            let text = files.replacing("D", with: String(repeating: "0", count: 64))
            return JobManifest(Array(#"{"version":1,"job":"j","files":\#(text),"facts":{}}"#.utf8), of: "j")
        }
        #expect(manifest(files) == nil)
        #expect(manifest(#"{"a":{"sha256":"D","bytes":3},"b/c":{"sha256":"D","bytes":4}}"#)?.bytes == 7)
    }

    @Test func whatTheJobWorkedCanAlwaysBeCounted() {
        let history = history(
            (0..<1000).flatMap { _ in
                [#"{"t":0,"event":"started"}"#, #"{"t":1e11,"event":"log"}"#]
            })
        #expect(history.workedSeconds == 1e14 && Int(exactly: history.workedSeconds) != nil)
    }

    /// A hundred million bytes of garbage with an event now and then: the reader keeps its place and nothing else.
    @Test func garbageWithoutEndCostsNoMemory() {
        var random = PolicyRandom(5)
        let event = Array((#"{"t":1,"event":"progress","done":7,"unit":"steps"}"# + "\n").utf8)
        var piece = (0..<(1 << 18)).map { _ in UInt8(truncatingIfNeeded: random.next()) }
        piece.replaceSubrange(1000..<1000 + event.count, with: event)
        piece[999] = 0x0A
        piece[piece.count - 1] = 0x0A
        var (reader, history, found) = (EventReader(), JobHistory(), 0)
        for _ in 0..<382 {
            for event in reader.take(piece, limit: piece.count) {
                history.add(event)
                found += 1
            }
        }
        #expect(reader.offset == Int64(382 * piece.count) && reader.offset > 100_000_000)
        #expect(MemoryLayout.size(ofValue: reader) == MemoryLayout<Int64>.size)
        #expect(found == 382 && history.advance == 7)
    }
}
