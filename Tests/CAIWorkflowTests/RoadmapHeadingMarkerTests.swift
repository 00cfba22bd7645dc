// Owns: which marker a heading has, which word belongs to it, and how boxes roll up.
// Never looks at more than one heading.

import Testing

@testable import CAIWorkflow

@Suite struct RoadmapHeadingMarkerTests {
    @Test(
        arguments: [
            ("Milestone 1: X ✅ DONE", "✅", "DONE"), ("X ⏳", "⏳", nil), ("✅ X", "✅", nil), ("X 📋 NEW", "📋", nil),
            ("X ⏳ In Progress", "⏳", "In Progress"), ("X ⏳ DOING (80%)", "⏳", "DOING"), ("X 📋 Todo", "📋", "Todo"),
            ("**X ✅ DONE**", "✅", "DONE"), ("📋 TODO: X", "📋", "TODO"), ("📋 TODO list", "📋", nil),
            ("X ✅ (late)", "✅", nil),
            ("X ⏳ DOING - 3 of 4", "⏳", "DOING"), ("🚨 Fix this ⏳", "⏳", nil), ("🚨 Fix this", "🚨", nil),
            ("X 🚨", "🚨", nil),
            ("✅ First, then 🚨", "✅", nil), ("X ✅\u{FE0F} DONE", "✅", "DONE"), ("✅", "✅", nil), ("X ⏳ Doings", nil, nil),
            ("Reviews (Codex ✅, Gemini ✅)", nil, nil), ("Change 📋 to something", nil, nil), ("X", nil, nil),
            ("", nil, nil),
            ("Why ✅ means so much", nil, nil), ("âœ… X", nil, nil), ("X (⏳ DOING)", "⏳", "DOING"), ("X [✅]", "✅", nil),
            ("X (⏳ DOING) again", nil, nil), ("Reviews (Gemini ✅ DONE)", nil, nil), ("Replace `⏳` by `✅`", nil, nil),
        ] as [(String, String?, String?)])
    func found(_ heading: String, _ marker: String?, _ word: String?) {
        let bytes = Array(heading.utf8)
        let found = HeadingMarker.find(in: bytes, bytes.indices)
        #expect(found?.marker.rawValue == marker)
        #expect(found?.word.map { String(decoding: bytes[$0], as: UTF8.self) } == word)
    }

    @Test func aVariationSelectorBelongsToTheMarker() throws {
        let bytes = Array("X ⏳\u{FE0F} DOING".utf8)
        let found = try #require(HeadingMarker.find(in: bytes, bytes.indices))
        #expect(found.range.count == 6)
    }

    @Test func boxesRollUp() {
        #expect(RoadmapMarker.rollUp(ticked: 3, of: 3) == .done)
        #expect(RoadmapMarker.rollUp(ticked: 0, of: 3) == .todo)
        #expect(RoadmapMarker.rollUp(ticked: 2, of: 3) == .doing)
    }

    @Test func begunWorkIsNoContradiction() {
        #expect(RoadmapMarker.doing.agrees(ticked: 0, of: 3))
        #expect(!RoadmapMarker.doing.agrees(ticked: 3, of: 3))
        #expect(!RoadmapMarker.todo.agrees(ticked: 1, of: 3))
        #expect(!RoadmapMarker.done.agrees(ticked: 2, of: 3))
        #expect(!RoadmapMarker.alarm.agrees(ticked: 2, of: 3))
    }

    @Test(arguments: [
        ("TODO", RoadmapMarker.doing, "DOING"), ("DOING", .done, "DONE"), ("Todo", .doing, "Doing"),
        ("todo", .done, "done"),
        ("In Progress", .done, "Done"), ("IN PROGRESS", .done, "DONE"),
    ])
    func theWordKeepsItsLetterCase(_ old: String, _ marker: RoadmapMarker, _ new: String) {
        #expect(StateWord.replacement(for: old, by: marker) == new)
    }
}
