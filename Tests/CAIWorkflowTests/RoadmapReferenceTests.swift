// Owns: which item a reference names, and that in doubt it names none.
// The fixture is a roadmap with every decoration people put into headings and items.
// Never ticks.

import Testing

@testable import CAIWorkflow

@Suite struct RoadmapReferenceTests {
    private func line(_ reference: String, in text: String) throws -> [Int] {
        let roadmap = Roadmap.parse(Array(text.utf8))
        switch roadmap.match(try #require(RoadmapReference(reference))) {
        case .item(let item): return [item.line]
        case .several(let items): return items.map(\.line)
        case .none: return []
        }
    }

    @Test(arguments: [
        ("Pilot Field / Expose the pilot field", 58),
        ("Pilot Field 📋 NEW / Expose the pilot field (30 frames, ~2 h)", 58),
        ("### Pilot Field ✅ / - [ ] Expose", 58),
        ("Milestone 3: First Survey / Expose", 58),
        ("Milestone 3 / DECISION POINT: go", 62),
        ("Milestone 3: First Survey ✅ DONE / **DECISION POINT**", 62),
        ("Milestone 3: First Survey TODO / **DECISION POINT**", 62),
        ("pilot field / mark the BOX [x] when", 61),
        ("Reduction / Match   against", 75),
        ("Reduction / 1. [x] Quoted: ask", 78),
        ("Filter Wheel / Focus offsets (7 filters, focus_offsets.csv) - needs sky", 45),
        ("Filter Wheel / Home sensor test (~5 min) ALL TESTS", 44),
        ("⏳ Follow-up / Number the candidates", 82),
        ("Follow-up / Alert", 81),
    ])
    func namesOneItem(_ reference: String, _ expected: Int) throws {
        let text = String(decoding: try RoadmapFixture.bytes("survey.md"), as: UTF8.self)
        #expect(try line(reference, in: text) == [expected])
    }

    @Test(arguments: [
        "Pilot Field / Exposed", "Nowhere / Expose", "Pilot Field / a box in a fence", "Heading in a fence / a box",
        "Filter Wheel / Linearity", "HOW TO KEEP THIS FILE / dropped", "Key Risks / Dew",
    ])
    func namesNone(_ reference: String) throws {
        let text = String(decoding: try RoadmapFixture.bytes("survey.md"), as: UTF8.self)
        #expect(try line(reference, in: text) == [])
    }

    @Test func splitsAtTheFirstSlashBetweenSpaces() throws {
        let reference = try #require(RoadmapReference("Read/write / on / off"))
        #expect(reference.heading == "Read/write")
        #expect(reference.item == "on / off")
    }

    @Test(arguments: ["", "Heading", "a/b", " / item", "Heading / ", "✅ / item", "Heading / **"])
    func isNoReference(_ text: String) {
        #expect(RoadmapReference(text) == nil)
    }

    @Test func aWordGoesBeforeABeginningOfOne() throws {
        let text = "## Milestone 10 📋\n- [ ] Write it\n## Milestone 1: Start 📋\n- [ ] Write it\n"
        #expect(try line("Milestone 1 / Write", in: text) == [4])
    }

    @Test func aWholeTextGoesBeforeABeginning() throws {
        let text = "## M 📋\n- [ ] Run it twice\n- [ ] Run it\n"
        #expect(try line("M / Run it", in: text) == [3])
        #expect(try line("M / Run", in: text) == [2, 3])
    }

    @Test func letterCaseCountsFirst() throws {
        let text = "## M\n- [ ] gpu run\n- [ ] GPU run\n"
        #expect(try line("M / GPU", in: text) == [3])
        #expect(try line("m / gpu", in: text) == [2, 3])
    }

    @Test func betterOnOneSideOnlyIsNoReasonToChoose() throws {
        let text = "## Data\n- [ ] Running\n## Data Two\n- [ ] Run\n"
        #expect(try line("Data / Run", in: text) == [2, 4])
    }

    @Test func aTitleMayBeginWithAStateWord() throws {
        let text = "### 📋 TODO list cleanup\n- [ ] Sort\n"
        #expect(try line("TODO list / Sort", in: text) == [2])
        #expect(try line("📋 TODO list cleanup / Sort", in: text) == [2])
    }

    @Test(arguments: ["Read / write", "A /", "/ B", "C/D"]) func everyNameThatIsGivenNamesItsItem(_ heading: String)
        throws
    {
        let roadmap = Roadmap.parse(Array("## \(heading) 📋\n- [ ] on / off\n- [ ] other\n".utf8))
        #expect(roadmap.problem(with: roadmap.name(of: roadmap.items[0])) == nil)
    }

    @Test func anItemMayGoOnInTheNextLine() throws {
        let text = "## M\n- [ ] Sort the\n  long list\n- [ ] Sort the short\n"
        #expect(try line("M / Sort the long list", in: text) == [2])
    }

    @Test func theNearestItemsAreNamed() throws {
        let roadmap = Roadmap.parse(try RoadmapFixture.bytes("survey.md"))
        let reference = try #require(RoadmapReference("Pilot Feld / Expose the pilot filed"))
        guard case .none(let nearest) = roadmap.match(reference) else {
            Issue.record("a misspelt reference names an item")
            return
        }
        #expect(nearest.first?.name == "Pilot Field / Expose the pilot field (30 frames, ~2 h)")
        #expect(nearest.count == 3)
        #expect(nearest[0].line == 58)
        let again = try #require(RoadmapReference(nearest[0].name))
        guard case .item(let item) = roadmap.match(again) else {
            Issue.record("a suggested reference names no item")
            return
        }
        #expect(item.line == 58)
    }

    @Test func editDistance() {
        #expect(EditDistance.levenshtein(Array("kitten"), Array("sitting")) == 3)
        #expect(EditDistance.levenshtein([], Array("abc")) == 3)
        #expect(EditDistance.levenshtein(Array("abc"), Array("abc")) == 0)
    }
}
