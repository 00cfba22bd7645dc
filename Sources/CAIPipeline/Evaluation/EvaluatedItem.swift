// Owns one line of `items.jsonl`: one item, one model, one prompt form, two scores.
// Never changes the prompt or the output: both stand as they were sent and received.

/// The judgement of one answer.
public struct EvaluatedItem: Sendable, Hashable, Codable {
    /// The held-out item's id.
    public let id: String
    public let type: String
    public let model: String
    public let promptForm: PromptForm
    public let prompt: String
    public let output: String
    /// The answer is right.
    public let content: Bool
    /// The answer is right and ended by the delimiter.
    public let strict: Bool
    public let family: String
    public let seenTemplate: Bool

    private enum CodingKeys: String, CodingKey {
        case id, type, model, prompt, output, content, strict, family
        case promptForm = "prompt_form"
        case seenTemplate = "seen_template"
    }

    /// Judges an output with the item's checker.
    public init(_ item: Item, model: String, promptForm: PromptForm, prompt: String, output: Output) {
        id = item.id
        type = item.type
        self.model = model
        self.promptForm = promptForm
        self.prompt = prompt
        self.output = output.text
        content = item.checker.accepts(Answer.extracted(from: output.text), gold: item.answer)
        strict = content && output.endsAfterOneLine
        family = item.family
        seenTemplate = item.seenTemplate
    }

    /// Whether the item is right under a score.
    public func isRight(_ score: Score) -> Bool {
        switch score {
        case .content: content
        case .strict: strict
        }
    }
}

/// What counts as right.
public enum Score: String, Sendable, Hashable, Codable, CaseIterable {
    /// The answer is right. Gates and p-values use this one.
    case content
    /// The answer is right and ended by the delimiter, which an untrained base has never seen.
    case strict
}
