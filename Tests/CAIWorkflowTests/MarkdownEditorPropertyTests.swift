// Owns: that every editor of people's files, given any bytes, changes what it owns and nothing else, that doing it twice
// changes nothing, and that it never traps. Thousands of files each, the same in every run.
// Never checks what an edit means; the example tests do.

import Foundation
import Testing

@testable import CAIWorkflow

@Suite struct MarkdownEditorPropertyTests {
    private static let count = 2000
    private static let day = "2030-01-01"

    private static let roadmap = """
        # Roadmap
        Change 📋 to ✅
        ## Milestone 1: Start ✅ DONE
        - [x] a
        **Completed**: 2024-02-03 (late)
        ## Milestone 2: Going ⏳ DOING
        ### ✅ Front
        - [x] one ✅ ALL PASSED
          - [ ] two, mark the [x]
        ### Three 📋 NEW
        - [ ] three
        ```
        - [ ] four
        ```
        **Target Completion**: 2024-05-06

        ## Milestone 3 📋 Todo
        > - [ ] five
        - [-] six
        **Completed**: TBD
        ---
        | M | Estimated | Actual | Status |
        |---|---|---:|---|
        | M2: x \\| y | $5 | - | ⏳ Doing |
        | M3 | $5 | - | 📋 Todo
        **Last Updated**: 2024-03-03 (x)
        """

    @Test func aTaskFileGetsOneInsertion() throws {
        let samples = try TaskDocumentTests.dialects.map { try taskFixture($0.file) }
        let instant = Date(timeIntervalSince1970: 1_795_224_600.5)
        let text = "claimed # by [x] | you"
        let line = TaskEdits.statusLine(text, at: instant)
        let note = "Done.\n\n- artifacts/x"
        for seed in 0..<Self.count {
            var random = SeededRandom(seed)
            let file = random.file(samples: samples)
            let status = TaskEdits.addingStatus(text, at: instant, to: file)
            let inserted = try #require(FileDifference.insertion(file, status), "seed \(seed)")
            let content = FileDifference.content(inserted)
            let plain = FileDifference.content(Array(line.utf8))
            let headed = FileDifference.content(Array("## Status Updates\(line)".utf8))
            try #require(content == plain || content == headed, "seed \(seed)")
            try #require(status.lines.contains(Array(line.utf8)), "seed \(seed)")
            try #require(TaskEdits.addingStatus(text, at: instant, to: status) == status, "seed \(seed)")
            let notes = TaskEdits.addingCompletionNotes(note, to: status)
            let added = try #require(FileDifference.insertion(status, notes), "seed \(seed)")
            let expected = FileDifference.content(Array("## Completion Notes\(note)".utf8))
            try #require(FileDifference.content(added) == expected, "seed \(seed)")
            try #require(TaskEdits.addingCompletionNotes(note, to: notes) == notes, "seed \(seed)")
            try #require(TaskEdits.addingStatus(text, at: instant, to: notes) == notes, "seed \(seed)")
        }
    }

    @Test func outsideAMarkedBlockNothingChanges() throws {
        let sample = Array("# Mine\n\n<!-- caid:begin a -->\nold\n<!-- caid:end a -->\n\n- words\n".utf8)
        let samples = [sample, Array(Self.roadmap.utf8)]
        let body = "one-of-its-kind\n"
        let (begin, end) = ("<!-- caid:begin a -->", "<!-- caid:end a -->")
        var inPlace = 0
        for seed in 0..<Self.count {
            var random = SeededRandom(seed)
            let file = random.file(samples: samples)
            let result = MarkedBlock.replace("a", with: body, in: file).bytes
            try #require(MarkedBlock.replace("a", with: body, in: result).bytes == result, "seed \(seed)")
            let generated = try #require(
                result.firstRange(of: Array(body.dropLast().utf8))?.lowerBound, "seed \(seed)")
            let lineEnd = try #require(result[generated...].firstIndex(of: 10), "seed \(seed)") + 1
            let tail = result.count - lineEnd
            let isKept = file.starts(with: result[..<generated]) && file.suffix(tail).elementsEqual(result[lineEnd...])
            if isKept, generated + tail <= file.count {
                let removed = String(decoding: file[generated..<(file.count - tail)], as: UTF8.self)
                try #require(!removed.contains(begin) && !removed.contains(end), "seed \(seed)")
                inPlace += 1
            } else {
                let inserted = try #require(FileDifference.insertion(file, result), "seed \(seed)")
                try #require(
                    FileDifference.content(inserted) == FileDifference.content(Array((begin + body + end).utf8)),
                    "seed \(seed)")
            }
        }
        #expect(inPlace > 200)
    }

    @Test func tickingChangesBoxesMarkersAndDates() throws {
        let samples = [Array(Self.roadmap.utf8)]
        var ticked = 0
        for seed in 0..<Self.count {
            var random = SeededRandom(seed)
            let file = random.file(samples: samples)
            let roadmap = Roadmap.parse(file)
            let references = roadmap.items.filter { !$0.isTicked && $0.section != nil }.shuffled(using: &random)
                .prefix(4).map(roadmap.name)
            let update = RoadmapRewriter.tick(file, references, on: Self.day)
            let added = "**Completed**: \(Self.day)"
            try #require(FileDifference.forbidden(file, update.bytes, added: added) == nil, "seed \(seed)")
            let boxes = Roadmap.parse(update.bytes).items
            try #require(boxes.map(\.text).count == roadmap.items.count, "seed \(seed)")
            let changed = zip(roadmap.items, boxes).filter { $0.isTicked != $1.isTicked }.map(\.0.line)
            try #require(changed == update.ticked.map(\.line).sorted(), "seed \(seed)")
            try #require(update.ticked.isEmpty == (update.bytes == file), "seed \(seed)")
            try #require(
                RoadmapRewriter.tick(update.bytes, references, on: "2031-01-01").bytes == update.bytes, "seed \(seed)")
            ticked += update.ticked.count
        }
        #expect(ticked > 1000)
    }

    @Test func moneyChangesActualAndStatusCells() throws {
        var entered = 0
        for seed in 0..<Self.count {
            var random = SeededRandom(seed)
            let file = random.file(samples: [random.budget()])
            let roadmap = Roadmap.parse(file)
            let spent = roadmap.items.filter { $0.section != nil }.shuffled(using: &random).prefix(4).map {
                RoadmapSpend(
                    reference: roadmap.name(of: $0), usd: Double(Int.random(in: 0...200_000, using: &random)) / 1000)
            }
            let update = RoadmapBudget.entering(spent, totalUSD: 250, into: file)
            try #require(FileDifference.forbidden(file, update.bytes, isBudget: true) == nil, "seed \(seed)")
            try #require(
                RoadmapBudget.entering(spent, totalUSD: 250, into: update.bytes).bytes == update.bytes, "seed \(seed)")
            entered += update.bytes == file ? 0 : 1
        }
        #expect(entered > 300)
    }

    /// The harness itself: a change that no rewriter may make is seen.
    @Test func aForbiddenChangeIsSeen() throws {
        let before = try RoadmapFixture.bytes("survey.md")
        func edited(_ old: String, _ new: String) -> [UInt8] {
            Array(String(decoding: before, as: UTF8.self).replacing(old, with: new).utf8)
        }
        for (old, new) in [
            ("Pour the pier", "Pour a pier"), ("✅ Mitigated", "⏳ Mitigated"), ("$900      ", "$901      "),
            ("[-] dropped", "[x] dropped"),
            ("(too early)", ""), ("\n\n### Reduction", "\n### Reduction"),
            ("## Heading in a fence 📋", "## Heading in a fence ✅"),
        ] {
            #expect(edited(old, new) != before)
            #expect(
                FileDifference.forbidden(before, edited(old, new), added: "**Completed**: \(Self.day)") != nil, "\(old)"
            )
        }
        #expect(FileDifference.forbidden(before, edited("$870   ", "$871   ")) != nil)
        #expect(FileDifference.forbidden(before, edited("$870   ", "$871   "), isBudget: true) == nil)
        #expect(FileDifference.forbidden(before, edited("- [ ] Draft", "- [x] Draft")) == nil)
    }
}

extension [UInt8] {
    /// Without their endings.
    fileprivate var lines: [[UInt8]] {
        split(separator: 10).map { $0.last == 13 ? Array($0.dropLast()) : Array($0) }
    }
}

extension SeededRandom {
    /// A roadmap with a budget table of odd cells.
    fileprivate mutating func budget() -> [UInt8] {
        let labels = [
            "M1", "M1: Start", "**M2**", "Milestone 2: Going", "M1-M2", "Three", "Total", "**Total**", "", "M\\|1",
            "`M2`",
        ]
        let amounts = [
            "-", "$0", "~$20", "**$3**", "$1,000.50", "", "TBD", "$5 (dev)", "see bill", "\\$1", "$", "`$7`",
        ]
        let states = [
            "📋", "📋 Todo", "⏳ Doing", "✅ Done", "Done ✅", "todo", "-", "", "🚨", "⏳\u{FE0F} In Progress", "**📋 TODO**",
        ]
        func cell(_ texts: [String], _ random: inout SeededRandom) -> String {
            let spaces = ["", " ", " ", " ", "   ", "\t"]
            func space() -> String { spaces.randomElement(using: &random) ?? "" }
            return space() + (texts.randomElement(using: &random) ?? "") + space()
        }
        var rows = ["| Milestone | Estimated | Actual | Status |", "|---|:--|\(oneIn(2) ? "--:" : "---")|---|"]
        for _ in 0..<Int.random(in: 1...5, using: &self) {
            let cells = [cell(labels, &self), cell(["$5"], &self), cell(amounts, &self), cell(states, &self)]
            rows.append("|" + cells.joined(separator: "|") + (oneIn(4) ? "" : "|"))
        }
        let boxes =
            "## Milestone 1: Start 📋 TODO\n- [ ] a\n- [x] b\n\n## Milestone 2: Going ⏳\n### Three ⏳\n- [ ] c\n- [x] d\n\n"
        return Array((boxes + rows.joined(separator: "\n") + "\n").utf8)
    }
}
