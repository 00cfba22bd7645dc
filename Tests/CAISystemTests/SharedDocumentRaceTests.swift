// Owns the race of real threads for one document: a person who saves without end, and we who add lines.
// Never measures time; a person stops now and then, and then everything must stand in the file.

import CAISystem
import Glibc
import Synchronization
import SystemPackage
import TestSupport
import Testing

struct SharedDocumentRaceTests {
    /// Each round: some saves race with some of our lines, then both rest, and the last save must stand. Since every save
    /// keeps the lines of all before it, no line of any save is missing either.
    @Test(arguments: [true, false])
    func everyLineOfBothStands(byRename: Bool) async throws {
        let folder = try TemporaryFolder()
        let path = try folder.write("# Notes\n", to: "t.md")
        let clock = FixedClock()
        let document = SharedDocument(files: RealFiles(), displaced: folder["displaced"], clock: clock)
        var (saved, ours) = (["# Notes"], [String]())
        for round in 0..<51 {
            let before = saved
            let saving = Task.detached { () throws -> [String] in
                var lines = before
                for save in 0..<20 {
                    lines.append("save \(round).\(save)")
                    let bytes = Array((lines.joined(separator: "\n") + "\n").utf8)
                    if byRename {
                        let temporary = folder["saving"]
                        try writeInPlace(temporary, bytes)
                        try RealFiles().rename(temporary, to: path, .replace)
                    } else {
                        try writeInPlace(path, bytes, pause: UInt32(save % 3) * 300)
                    }
                    // Long enough for an update to fall between two saves, short enough to fall into one.
                    usleep(useconds_t(save % 4) * 150)
                }
                return lines
            }
            for number in 0..<3 {
                ours.append("ours \(round).\(number)")
                try document.update(path, edit: adding(ours))
                // So that what is displaced is swept while the saves go on.
                clock.advance(11)
            }
            saved = try await saving.value
            // Whether or not the last save fell on top of our lines: the save is whole, and ours come back beside it.
            let text = try folder.text("t.md").split(separator: "\n").map(String.init)
            #expect(Array(text.prefix(saved.count)) == saved, "round \(round)")
            try document.update(path, edit: adding(ours))
        }
        let lines = try folder.text("t.md").split(separator: "\n").map(String.init)
        #expect(saved.count == 1021)
        #expect(Array(lines.prefix(saved.count)) == saved)
        #expect(Set(lines.dropFirst(saved.count)) == Set(ours))
        #expect(lines.count == saved.count + ours.count)
        clock.advance(11)
        #expect(try document.sweep() == [])
    }

    private func adding(_ lines: [String]) -> ([UInt8]) -> [UInt8] {
        { bytes in
            let present = Set(String(decoding: bytes, as: UTF8.self).split(separator: "\n"))
            return bytes + lines.filter { !present.contains($0[...]) }.flatMap { Array("\($0)\n".utf8) }
        }
    }
}
