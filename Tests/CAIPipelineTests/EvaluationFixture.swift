// Owns a small evaluation with known counts, shared by the tests of evaluation and report.
// Never draws at random.

@testable import CAIPipeline

enum Fixture {
    static func item(_ number: Int) -> Item {
        Item(
            id: "item-\(number)", type: number % 2 == 0 ? "fact" : "list", family: "family_\(number % 2)",
            row: "row-\(number)", instruction: "Question \(number)?", answer: "right \(number)", checker: .exact,
            seenTemplate: number % 2 == 0)
    }

    static func judged(_ number: Int, model: String, _ form: PromptForm, right: Bool, wrong: String = " wrong")
        -> EvaluatedItem
    {
        let item = item(number)
        return EvaluatedItem(
            item, model: model, promptForm: form, prompt: PromptForm.wrapped.prompt(item.instruction),
            output: Output(text: right ? " right \(number)" : wrong, finish: .stop, stopString: "\nEND"))
    }

    /// Twenty items; of n right, the first n are. Base raw 2, wrapped 1, few-shot 18; control 3; SFT 16 unless told.
    static func evaluation(sft: Int = 16, wrong: String = " wrong") -> [EvaluatedItem] {
        let right: [(String, PromptForm, Int)] = [
            ("base", .raw, 2), ("base", .wrapped, 1), ("base", .fewShot, 18), ("control", .wrapped, 3),
            ("sft", .wrapped, sft),
        ]
        return right.flatMap { model, form, count in
            (0..<20).map { judged($0, model: model, form, right: $0 < count, wrong: wrong) }
        }
    }

    static let heldOut = (0..<20).map(item)
}
