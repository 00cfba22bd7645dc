// Owns: that in any document ticking touches nothing but what a rewriter may touch.
// What may differ is blanked out by a plain reading of the rule, line by line, independent of the rewriter.
// Never checks what the change means; the example tests do.

import Testing

@testable import CAIWorkflow

@Suite struct RoadmapRewriterPropertyTests {
    /// A line with everything blanked out that a rewriter may change in it; nil for a line it may add.
    private func mask(_ line: MarkdownLine, in bytes: [UInt8]) -> String? {
        var text = String(decoding: bytes[line.content], as: UTF8.self)
        guard line.region == .text else { return text }
        if line.isBlank || text.hasPrefix("**Completed**: 2030-01-01") { return nil }
        if text.hasPrefix("**Completed**:") {
            return text.count <= "**Completed**: 2024-01-01".count ? nil : text
        }
        if let box = line.checkbox {
            let offset = box.mark - line.content.lowerBound
            return String(decoding: text.utf8.prefix(offset), as: UTF8.self) + "?"
                + String(decoding: text.utf8.dropFirst(offset + 1), as: UTF8.self)
        }
        if line.heading != nil {
            text = text.split(separator: " ").filter { word in
                !["✅", "⏳", "📋"].contains(word) && !["DONE", "DOING", "TODO"].contains(word.uppercased())
            }.joined(separator: " ")
        }
        if text.hasPrefix("**Last Updated**:") { return String(text.dropFirst("**Last Updated**: 2024-03-03".count)) }
        return text
    }

    @Test(arguments: 0..<400) func nothingElseChanges(_ seed: Int) {
        var random = SeededRandom(seed)
        let before = random.document(lineEnding: seed % 2 == 0 ? "\n" : "\r\n")
        let roadmap = Roadmap.parse(before)
        let items = roadmap.items.filter { $0.section != nil && !$0.isTicked }
        let references = items.shuffled(using: &random).prefix(3).map(roadmap.name)
        let update = RoadmapRewriter.tick(before, references, on: "2030-01-01")
        let after = Roadmap.parse(update.bytes)
        #expect(
            roadmap.lines.compactMap { mask($0, in: before) } == after.lines.compactMap { mask($0, in: update.bytes) })
        let newlyTicked = zip(roadmap.items, after.items).filter { !$0.isTicked && $1.isTicked }.map(\.0.line)
        #expect(newlyTicked.sorted() == update.ticked.map(\.line).sorted())
        #expect(zip(roadmap.items, after.items).allSatisfy { !$0.isTicked || $1.isTicked })
        if update.ticked.isEmpty { #expect(update.bytes == before) }
        #expect(RoadmapRewriter.tick(update.bytes, references, on: "2031-01-01").bytes == update.bytes)
    }
}
