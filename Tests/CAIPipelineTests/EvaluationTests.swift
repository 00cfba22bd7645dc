// Owns the tests of answers, checkers, summaries and gates.
// Never writes an expected figure that was not counted by hand or computed elsewhere.

import CAISystem
import Testing

@testable import CAIPipeline

@Suite("Evaluation")
struct EvaluationTests {
    @Test(arguments: [
        (" Rome", "Rome"), (" Rome\nmore", "Rome"), ("\n Rome\n", "Rome"), (" Rome END Instruction", "Rome"),
        ("END", ""),
        (" WEEKEND", "WEEKEND"), ("THE ENDING", "THE ENDING"), ("", ""), (" \n\t", ""), ("a  b \r\nc", "a  b"),
    ])
    func answers(output: String, answer: String) { #expect(Answer.extracted(from: output) == answer) }

    @Test(arguments: [
        (Checker.exact, "Rome", "rome", true), (.exact, " Rome. ", "Rome", true), (.exact, "Rome..", "Rome", false),
        (.exact, "Rome, Italy", "Rome", false), (.exact, "", "Rome", false),
        (.exact, "the rye sleeps", "The rye sleeps.", true),
        (.caseSensitive, "TIN", "TIN", true), (.caseSensitive, "TIN.", "TIN", true),
        (.caseSensitive, "Tin", "TIN", false),
        (.number, "7", "7", true), (.number, "The sum is 07.", "7", true), (.number, "3 plus 4 is 7", "7", false),
        (.number, "17", "7", false), (.number, "seven", "7", false), (.number, "-7", "7", false),
        (.number, "-7", "-7", true),
        (.number, "a-7", "7", true), (.number, "000", "0", true),
        (.number, "99999999999999999999999", "99999999999999999999999", true),
        (.list, "spoon, pot,kettle", "pot, spoon, kettle", true),
        (.list, "Pot, Spoon, Kettle.", "pot, spoon, kettle", true),
        (.list, "pot, spoon", "pot, spoon, kettle", false),
        (.list, "pot, pot, spoon, kettle", "pot, spoon, kettle", false),
        (.list, "pot, spoon, kettle, lid", "pot, spoon, kettle", false),
        (.list, "pot spoon kettle", "pot, spoon, kettle", false),
    ])
    func checkers(checker: Checker, answer: String, gold: String, right: Bool) {
        #expect(checker.accepts(answer, gold: gold) == right)
    }

    @Test func strictNeedsTheDelimiterDirectlyAfterTheAnswer() {
        func judged(_ text: String, _ finish: Finish, _ stop: String?) -> EvaluatedItem {
            EvaluatedItem(
                Fixture.item(0), model: "sft", promptForm: .wrapped, prompt: "p",
                output: Output(text: text, finish: finish, stopString: stop))
        }
        let cases: [(EvaluatedItem, content: Bool, strict: Bool)] = [
            (judged(" right 0", .stop, "\nEND"), true, true),
            (judged(" right 0", .eos, nil), true, false),
            (judged(" right 0", .length, nil), true, false),
            (judged(" right 0\nand more", .stop, "\nEND"), true, false),
            (judged(" right 0", .stop, "\nQ:"), true, false),
            (judged(" wrong", .stop, "\nEND"), false, false),
        ]
        for (item, content, strict) in cases {
            #expect(item.content == content)
            #expect(item.strict == strict)
        }
    }

    @Test func itemsHaveTheRecordedFields() throws {
        let item = Fixture.judged(1, model: "base", .fewShot, right: true)
        let json = String(decoding: try CanonicalJSON.encode(item), as: UTF8.self)
        #expect(
            json == #"{"content":true,"family":"family_1","id":"item-1","model":"base","output":" right 1","#
                + #""prompt":"Instruction: Question 1?\nResponse:","prompt_form":"few_shot","seen_template":false,"#
                + #""strict":true,"type":"list"}"#)
        #expect(try CanonicalJSON.decode(EvaluatedItem.self, from: json.utf8) == item)
    }

    @Test func summaryCountsAndCompares() throws {
        let summary = try Summary(items: Fixture.evaluation())
        #expect(
            summary.models.map { "\($0.name) \($0.promptForm.rawValue) \($0.score.rawValue) \($0.correct)/\($0.n)" }
                == [
                    "base raw content 2/20", "base raw strict 2/20", "base wrapped content 1/20",
                    "base wrapped strict 1/20",
                    "base few_shot content 18/20", "base few_shot strict 18/20", "control wrapped content 3/20",
                    "control wrapped strict 3/20", "sft wrapped content 16/20", "sft wrapped strict 16/20",
                ])
        let names = summary.comparisons.filter { $0.score == .content }.map {
            "\($0.a) \($0.aPromptForm.rawValue) → \($0.b) \($0.promptForm.rawValue)"
        }
        #expect(
            names == [
                "base raw → control wrapped", "base raw → sft wrapped", "base wrapped → sft wrapped",
                "control wrapped → sft wrapped",
            ])
        #expect(summary.comparisons.count == 8)

        // Base raw has items 0 and 1 right, SFT items 0 to 15: n01 = 14, n10 = 0, p = 2·2^−14.
        let lift = try #require(summary.comparison("base", .raw, "sft"))
        #expect(lift.n01 == 14 && lift.n10 == 0)
        #expect(abs(lift.pExact - 0.0001220703125) < 1e-12)
        #expect(abs(lift.pMid - 0.00006103515625) < 1e-12)
        #expect(abs(lift.lift - 0.7) < 1e-12)
        #expect(abs(lift.h - (2 * 1.1071487177940904 - 2 * 0.3217505543966422)) < 1e-9)  // asin √0.8, asin √0.1
        #expect(lift.ciLow > 0.4 && lift.ciLow < 0.7 && lift.ciHigh > 0.7 && lift.ciHigh < 0.9)
        #expect(summary.bestZeroShot(of: "base")?.promptForm == .raw)
    }

    @Test func summaryHasTypesAndTemplates() throws {
        let summary = try Summary(items: Fixture.evaluation())
        #expect(summary.byType.count == 20)
        let list = summary.byType.filter { $0.type == "list" && $0.score == .content && $0.name == "sft" }
        #expect(list.map(\.correct) == [8] && list.map(\.n) == [10])
        let unseen = summary.byTemplate.first { $0.name == "sft" && $0.seenTemplate == false && $0.score == .content }
        #expect(unseen?.n == 10)
        #expect(summary.comparisonsByType.count == 8)
        #expect(summary.comparisonsByType.allSatisfy { ($0.pAdjusted ?? -1) >= $0.pExact })
    }

    @Test func summaryIsDeterministicJSONWithTheContractsKeys() throws {
        let items = Fixture.evaluation()
        let bytes = try CanonicalJSON.encode(Summary(items: items), pretty: true)
        #expect(try bytes == CanonicalJSON.encode(Summary(items: items.reversed()), pretty: true))
        let json = try CanonicalJSON.decode(JSONValue.self, from: bytes)
        guard case .object(let model)? = first(json["models"]),
            case .object(let comparison)? = first(json["comparisons"])
        else {
            Issue.record("models or comparisons are not lists of objects")
            return
        }
        #expect(Set(model.keys) == ["name", "prompt_form", "score", "n", "correct", "rate", "ci_low", "ci_high"])
        #expect(
            Set(comparison.keys) == [
                "a", "b", "a_prompt_form", "prompt_form", "score", "n01", "n10", "p_exact", "p_mid", "h", "lift",
                "ci_low",
                "ci_high",
            ])
        #expect(json["by_type"] != nil)
        #expect(try CanonicalJSON.decode(Summary.self, from: bytes) == Summary(items: items))
    }

    private func first(_ value: JSONValue?) -> JSONValue? {
        if case .array(let array)? = value { array.first } else { nil }
    }

    @Test func aBaselineAloneHasNoComparisons() throws {
        let summary = try Summary(items: Fixture.evaluation().filter { $0.model == "base" })
        #expect(summary.models.count == 6 && summary.comparisons.isEmpty && summary.comparisonsByType.isEmpty)
    }

    @Test func equalZeroShotFormsCountAsWrapped() throws {
        let items = PromptForm.zeroShot.flatMap { form in
            (0..<4).map { Fixture.judged($0, model: "base", form, right: $0 < 2) }
        }
        #expect(try Summary(items: items).bestZeroShot(of: "base")?.promptForm == .wrapped)
    }

    @Test func modelsOnDifferentItemsAreRefused() {
        let whole = Fixture.evaluation()
        let lacking = whole.filter { !($0.model == "sft" && $0.id == "item-3") }
        let error = #expect(throws: PipelineError.self) { try Summary(items: lacking) }
        #expect(error?.code == .itemsDiffer)
        #expect(error?.message.contains("sft (wrapped) was not measured on item item-3") == true)
        #expect(throws: PipelineError.self) { try Summary(items: whole + [whole[0]]) }
    }

    private func baseline(raw: Int, wrapped: Int, of n: Int) throws -> Summary {
        try Summary(
            items: [(PromptForm.raw, raw), (.wrapped, wrapped)].flatMap { form, right in
                (0..<n).map { Fixture.judged($0, model: "base", form, right: $0 < right) }
            })
    }

    @Test func nothingToTeachClosesAboveTheLimitOnly() throws {
        guard case .open = try Gate.nothingToTeach(baseline(raw: 7, wrapped: 3, of: 10)) else {
            Issue.record("exactly 70% must pass")
            return
        }
        guard case .closed(let reason, let unblock) = try Gate.nothingToTeach(baseline(raw: 71, wrapped: 70, of: 100))
        else {
            Issue.record("71% must close the gate")
            return
        }
        #expect(reason.contains("71 of 100") && reason.contains("71.0%") && reason.contains("raw"))
        #expect(!unblock.isEmpty)
        let fewShotOnly = try Summary(items: (0..<4).map { Fixture.judged($0, model: "base", .fewShot, right: true) })
        #expect(throws: PipelineError.self) { try Gate.nothingToTeach(fewShotOnly) }
    }

    @Test func promptArtefactNeedsApproval() throws {
        guard case .open = try Gate.promptArtefact(baseline(raw: 30, wrapped: 60, of: 300)) else {
            Issue.record("exactly ten points must pass")
            return
        }
        guard case .needsApproval(let reason, _) = try Gate.promptArtefact(baseline(raw: 61, wrapped: 30, of: 300))
        else {
            Issue.record("more than ten points must wait for a person")
            return
        }
        #expect(reason.contains("10.3 points") && reason.contains("raw 61 of 300, wrapped 30 of 300"))
    }
}
