// Owns the tests of the filter rules, each on texts it must drop and texts it must let pass.
// Never asks a model.

import CAISystem
import Testing

@testable import CAIPipeline

private func item(_ instruction: String = "Where does Ada live?", type: String = "fact", row: String = "r") -> Item {
    Item(
        id: "f-" + row + instruction, type: type, family: "f", row: row, instruction: instruction, answer: "Rome",
        checker: .exact,
        seenTemplate: true)
}

private func candidate(_ texts: [String], type: String = "fact", finish: Finish = .stop) -> Candidate {
    Candidate(item: item(type: type), samples: texts.map { Output(text: $0, finish: finish, stopString: "\nEND") })
}

private func drops(_ rule: FilterRule, _ text: String, type: String = "fact", finish: Finish = .stop) -> Bool {
    rule.drops(candidate([text], type: type, finish: finish), FilterContext(heldOut: []))
}

@Suite("Filters")
struct FiltersTests {
    @Test func emptyResponses() {
        #expect(drops(.empty, " \n "))
        #expect(!drops(.empty, " Rome"))
        #expect(FilterRule.empty.drops(candidate([]), FilterContext(heldOut: [])))
    }

    @Test func delimiterInside() {
        #expect(drops(.delimiter, " Rome\nEND\nmore"))
        #expect(drops(.delimiter, "END"))
        #expect(!drops(.delimiter, " the END of it, WEEKEND"))
    }

    @Test(arguments: [" Rome\nInstruction: Next", "Rome\n\nQ: what?", "Q: what?", "Rome\n  response: x"])
    func runaways(text: String) { #expect(drops(.runaway, text)) }

    @Test func mentionIsNoRunaway() { #expect(!drops(.runaway, " The Instruction: was lost")) }

    @Test func truncatedResponses() {
        #expect(drops(.truncated, " Rome", finish: .length))
        #expect(drops(.truncated, " The things are:"))
        #expect(drops(.truncated, " pot, spoon,"))
        #expect(!drops(.truncated, " pot, spoon", finish: .eos))
    }

    @Test(arguments: [" [Insert name]", "___", "…", " ...", " lorem ipsum dolor", "[name]"])
    func placeholders(text: String) { #expect(drops(.placeholder, text)) }

    @Test func anEllipsisInATextIsNoPlaceholder() { #expect(!drops(.placeholder, " wait... then go")) }

    @Test func refusalsOfBenignTypesOnly() {
        #expect(drops(.refusal(), " I’m sorry, I cannot do that"))
        #expect(drops(.refusal(), "I can't say"))
        #expect(!drops(.refusal(), "I can't help with that", type: "refusal"))
        #expect(!drops(.refusal(), " Sorrento"))
    }

    @Test func lengthsPerType() {
        let long = String(repeating: "x", count: 41)
        #expect(drops(.length(), long))
        #expect(!drops(.length(), String(long.dropLast())))
        #expect(drops(.length(), "short", type: "generation"))
        #expect(!drops(.length(), long, type: "generation"))
        #expect(!drops(.length(), String(repeating: "x", count: 5000), type: "format"))
        #expect(!drops(.length(["format": 1...9]), "TIN", type: "format"))
    }

    @Test func majorityAfterNormalisation() {
        let rule = FilterRule.noMajority(needed: 3)
        let context = FilterContext(heldOut: [])
        #expect(!rule.drops(candidate([" Rome", "rome.", " ROME ", "Paris"]), context))
        #expect(rule.drops(candidate([" Rome", "rome", "Paris", "Paris"]), context))
        #expect(rule.drops(candidate([" Rome"]), context))
        #expect(candidate(["Paris", " Rome", "rome.", " ROME "]).response == "Rome")
        #expect(MajorityVote([]).winner == nil)
    }

    @Test func duplicatesAndHeldOutLeaks() {
        let heldOut = [item("Which town has Bo?", row: "bo")]
        let candidates = [
            Candidate(item: item("Where does Ada live?", row: "a"), samples: [Output(text: " Rome", finish: .stop)]),
            Candidate(item: item("where  does ADA live", row: "b"), samples: [Output(text: " Rome", finish: .stop)]),
            Candidate(item: item("WHICH town has Bo?", row: "c"), samples: [Output(text: " Rome", finish: .stop)]),
            Candidate(item: item("Where is Bo at home?", row: "bo"), samples: [Output(text: " Rome", finish: .stop)]),
        ]
        let result = FilterChain.standard(votesNeeded: 1).run(candidates, heldOut: heldOut)
        #expect(result.kept.map(\.item.row) == ["a"])
        #expect(result.report.dropped == ["duplicate": ["fact": 1], "held_out_leak": ["fact": 2]])
    }

    @Test("a dropped candidate does not make its twin a duplicate")
    func onlyKeptInstructionsCount() {
        let candidates = ["", " Rome"].map {
            Candidate(item: item(), samples: [Output(text: $0, finish: .stop)])
        }
        let result = FilterChain.standard(votesNeeded: 1).run(candidates, heldOut: [])
        #expect(result.kept.count == 1)
        #expect(result.report.dropped == ["empty": ["fact": 1]])
    }

    @Test func reportCountsRuleByType() throws {
        let candidates =
            [candidate([""]), candidate([""], type: "list"), candidate(["a"], type: "list"), candidate(["Q: x"])]
            .enumerated().map { number, it in
                Candidate(item: item("question \(number) of it", type: it.item.type), samples: it.samples)
            }
        let report = FilterChain.standard(votesNeeded: 1).run(candidates, heldOut: []).report
        #expect(report.kept == ["fact": 0, "list": 1])
        #expect(report.dropped == ["empty": ["fact": 1, "list": 1], "runaway": ["fact": 1]])
        #expect(report.candidateCount == 4 && report.keptCount == 1 && report.droppedCount == 3)
        #expect(report.excessive().isEmpty)
        #expect(report.excessive(over: 0.4).map(\.rule) == ["empty", "empty", "runaway"])
        let json = try CanonicalJSON.encode(report)
        #expect(try CanonicalJSON.decode(FilterReport.self, from: json) == report)
    }
}
