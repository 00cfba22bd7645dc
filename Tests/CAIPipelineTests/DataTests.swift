// Owns the tests of worlds, splits, instructions and seeded randomness.
// Never relies on the order of a dictionary.

import CAISystem
import FoundationEssentials
import Testing

@testable import CAIPipeline

/// A world of people and sums, large enough to split.
private func smallWorld(people: Int = 40) throws -> World {
    let rows = (1...people).map { #"{"name":"Person \#($0)","city":"Town \#($0 % 7)"}"# }.joined(separator: ",")
    let sums = (1...20).map { #"{"a":"\#($0)","sum":"\#($0 + 3)"}"# }.joined(separator: ",")
    return try World(
        json: Array(
            #"""
            {"version":1,"corpus":["ignored"],"tables":{"people":[\#(rows)],"sums":[\#(sums)]},"families":[
            {"id":"live","type":"fact","table":"people","template":"Where does {name} live?","answer":"{city}","checker":"exact","split":"both"},
            {"id":"town","type":"fact","table":"people","template":"Which town has {name}?","answer":"{city}","checker":"exact","split":"train"},
            {"id":"home","type":"fact","table":"people","template":"What is the home of {name}?","answer":"{city}","checker":"exact","split":"held_out"},
            {"id":"add","type":"maths","table":"sums","template":"Add 3 to {a}.","answer":"{sum}","checker":"number","split":"both"}]}
            """#.utf8))
}

@Suite("Data")
struct DataTests {
    // The first outputs of SplitMix64 from state 1234567, as its authors' C code gives them.
    @Test func splitMixGivesThePublishedNumbers() {
        var generator = SeededGenerator(state: 1_234_567)
        #expect(generator.next() == 6_457_827_717_110_365_317)
        #expect(generator.next() == 3_203_168_211_198_807_973)
        #expect(generator.next() == 9_817_491_932_198_370_423)
    }

    @Test func streamsDependOnSeedAndLabels() {
        func first(_ generator: SeededGenerator) -> UInt64 {
            var generator = generator
            return generator.next()
        }
        #expect(first(SeededGenerator(seed: 1, "a", "b")) == first(SeededGenerator(seed: 1, "a", "b")))
        #expect(first(SeededGenerator(seed: 1, "a", "b")) != first(SeededGenerator(seed: 2, "a", "b")))
        #expect(first(SeededGenerator(seed: 1, "ab", "c")) != first(SeededGenerator(seed: 1, "a", "bc")))
    }

    @Test("the shuffle may never change: trained models depend on it")
    func shuffleIsPinned() {
        var generator = SeededGenerator(state: 42)
        let shuffled = generator.shuffled(Array(0..<10))
        #expect(shuffled.sorted() == Array(0..<10))
        #expect(shuffled == [0, 9, 5, 8, 6, 4, 7, 2, 1, 3])
    }

    @Test func indicesAreEven() {
        var generator = SeededGenerator(seed: 3, "even")
        var counts = [0, 0, 0, 0, 0, 0]
        for _ in 0..<60_000 { counts[generator.index(below: 6)] += 1 }
        #expect(counts.allSatisfy { abs($0 - 10_000) < 450 })  // five standard deviations
    }

    @Test(arguments: [(100, 15, 35, 50), (40, 6, 14, 20), (1, 0, 0, 1), (7, 1, 2, 4)])
    func splitIsFifteenThirtyFiveFifty(rows: Int, sft: Int, pairs: Int, evaluation: Int) throws {
        let split = Split(try smallWorld(people: rows), seed: 1)
        let parts = Part.allCases.map { split.rows($0, of: "people") }
        #expect(parts.map(\.count) == [sft, pairs, evaluation])
        #expect(Set(parts.joined()).count == rows)
        #expect(split.rows(.sft, of: "nowhere").isEmpty)
    }

    @Test func trainingTakesTrainedPhrasingsOfSFTRowsOnly() throws {
        let maker = InstructionMaker(world: try smallWorld(), seed: 1)
        let items = try maker.training()
        #expect(items.count == 2 * 6 + 3)
        #expect(Set(items.map(\.family)) == ["live", "town", "add"])
        let names = Set(maker.split.rows(.sft, of: "people").compactMap { $0["name"] })
        #expect(
            items.filter { $0.type == "fact" }.allSatisfy { item in names.contains { item.instruction.contains($0) } })
        #expect(try maker.training(.pairs).count == 2 * 14 + 7)
    }

    @Test func heldOutIsBalancedDisjointAndDeterministic() throws {
        let maker = InstructionMaker(world: try smallWorld(), seed: 5)
        let heldOut = try maker.heldOut(limit: 20)
        #expect(heldOut.items.count == 20)
        #expect(heldOut.countByType == ["fact": 10, "maths": 10])
        #expect(Set(heldOut.items.map(\.id)).count == 20)
        #expect(heldOut.items.allSatisfy { $0.family != "town" })
        #expect(heldOut.items.filter { $0.family == "home" }.count == 5)
        #expect(heldOut.items.allSatisfy { $0.seenTemplate == ($0.family != "home") })
        let trained = Set(try (maker.training() + maker.training(.pairs)).map(\.row))
        #expect(trained.isDisjoint(with: heldOut.items.map(\.row)))

        let again = try InstructionMaker(world: try smallWorld(), seed: 5).heldOut(limit: 20)
        #expect(again == heldOut && again.sha256.count == 64)
        #expect(try InstructionMaker(world: try smallWorld(), seed: 6).heldOut(limit: 20).sha256 != heldOut.sha256)
        #expect(try maker.heldOut(limit: 10_000).items.count == 2 * 20 + 10)
    }

    @Test func shotsAreGoldDistinctAndFromThePairsRows() throws {
        let maker = InstructionMaker(world: try smallWorld(), seed: 5)
        let shots = try maker.shots(type: "fact", count: 4, set: "0")
        #expect(shots.count == 4)
        #expect(Set(shots.map(\.response)).count == 4)
        let rows = maker.split.rows(.pairs, of: "people")
        #expect(
            shots.allSatisfy { shot in
                rows.contains { row in
                    row["city"] == shot.response
                        && row["name"].map {
                            shot.instruction.contains($0 + " ") || shot.instruction.hasSuffix($0 + "?")
                        } == true
                }
            })
        #expect(shots.allSatisfy { !$0.instruction.hasPrefix("What is the home") })
        #expect(try maker.shots(type: "fact", count: 4, set: "0") == shots)
        #expect(try maker.shots(type: "fact", count: 4, set: "1") != shots)
        #expect(try maker.shots(type: "nothing", count: 4, set: "0").isEmpty)
    }

    @Test func idsDependOnFamilyAndRowAlone() throws {
        let rowA: World.Row = ["name": "Ada", "city": "Rome"]
        #expect(Item.rowKey(rowA, table: "people") == Item.rowKey(["city": "Rome", "name": "Ada"], table: "people"))
        #expect(Item.rowKey(rowA, table: "people") != Item.rowKey(rowA, table: "places"))
        #expect(Item.rowKey(["a": "b", "c": "d"], table: "t") != Item.rowKey(["a": "bc", "": "d"], table: "t"))
        let one = try InstructionMaker(world: try smallWorld(), seed: 1).heldOut(limit: 1000).items
        let two = try InstructionMaker(world: try smallWorld(), seed: 2).heldOut(limit: 1000).items
        let same = one.compactMap { item in two.first { $0.id == item.id }.map { ($0, item) } }
        #expect(!same.isEmpty && same.allSatisfy { $0.0 == $0.1 })
    }

    @Test(
        "a world that does not fit together is refused by name",
        arguments: [
            (#"{"version":2,"tables":{},"families":[]}"#, "version 2"),
            (#"{"version":1,"tables":{},"families":[]}"#, "no families"),
            (#"{"version":1,"tables":{"t":[]},"families":[FAMILY]}"#, "table \"t\" is empty"),
            (#"{"version":1,"tables":{"t":[{"a":"x"},{"a":"x"}]},"families":[FAMILY]}"#, "row 2 stands twice"),
            (
                #"{"version":1,"tables":{"u":[{"a":"x"}]},"families":[FAMILY]}"#,
                "family \"f\": there is no table \"t\"; there are u"
            ),
            (#"{"version":1,"tables":{"t":[{"a":"x"}]},"families":[FAMILY,FAMILY]}"#, "\"f\" stands twice"),
            (
                #"{"version":1,"tables":{"t":[{"a":"x"},{"b":"y"}]},"families":[FAMILY]}"#,
                "row 2 of t: there is no slot \"a\"; there are b"
            ),
            (#"{"version":1,"tables":{"t":[{"a":"x\ny"}]},"families":[FAMILY]}"#, "line end or the delimiter"),
            (#"{"version":1,"tables":{"t":[{"a":"the END"}]},"families":[FAMILY]}"#, "line end or the delimiter"),
            (
                #"{"version":1,"tables":{"t":[{"a":"x"}]},"families":[{"id":"f","type":"x","table":"t","template":"{a","answer":"{a}","checker":"exact","split":"both"}]}"#,
                "not closed"
            ),
            (
                #"{"version":1,"tables":{"t":[{"a":"x"}]},"families":[{"id":"f","type":"x","table":"t","template":"a}","answer":"{a}","checker":"exact","split":"both"}]}"#,
                "closes nothing"
            ),
            (
                #"{"version":1,"tables":{"t":[{"a":"x"}]},"families":[{"id":"f","type":"x","table":"t","template":"a","answer":" ","checker":"exact","split":"both"}]}"#,
                "answer is empty"
            ),
            (
                #"{"version":1,"tables":{"t":[{"a":"x"}]},"families":[{"id":"f","type":"x","table":"t","template":"a","answer":"b","checker":"guess","split":"both"}]}"#,
                "checker"
            ),
            (#"{"version":1,"tables":{"t":[{"a":1}]},"families":[FAMILY]}"#, "tables.t[0].a"),
            ("nonsense", "not a world"),
        ])
    func invalidWorlds(json: String, message: String) {
        let family =
            #"{"id":"f","type":"x","table":"t","template":"Say {a}.","answer":"{a}","checker":"exact","split":"both"}"#
        let error = #expect(throws: PipelineError.self) {
            try World(json: Array(json.replacing("FAMILY", with: family).utf8))
        }
        #expect(error?.message.contains(message) == true, "\(error?.message ?? "")")
    }

    @Test("the world that comes with the product holds 300 items of six types")
    func shippedWorld() throws {
        let root = #filePath.split(separator: "/").dropLast(3).joined(separator: "/")
        let path = "/" + root + "/pod/caid_worker/tiny/world.json"
        let world = try World(json: Array(try Data(contentsOf: URL(filePath: path))))
        for seed in 1...5 {
            let maker = InstructionMaker(world: world, seed: seed)
            let heldOut = try maker.heldOut(limit: 300)
            #expect(heldOut.items.count == 300)
            #expect(heldOut.countByType.values.allSatisfy { $0 == 50 })
            let unseen = heldOut.items.filter { !$0.seenTemplate }
            #expect(Set(unseen.map(\.family)).count >= 12)
            let kept = FilterChain([.heldOutLeak]).run(
                try maker.training().map { Candidate(item: $0, samples: []) }, heldOut: heldOut.items)
            #expect(kept.report.droppedCount == 0)
            #expect(heldOut.items.allSatisfy { $0.checker.accepts($0.answer, gold: $0.answer) })
            for type in heldOut.countByType.keys {
                #expect(try maker.shots(type: type, count: 4, set: "0").count == 4)
            }
        }
    }
}
