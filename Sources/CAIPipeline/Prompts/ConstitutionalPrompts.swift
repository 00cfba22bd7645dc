// Owns the prompts of the constitutional loop in the layout a base model completes: instruction, response, principle,
// critique, revision, each after its own label.
// Never addresses the model as a person, and never uses a chat template.

/// The three prompts of one turn of the loop. Each begins with all of the one before it, as if one page were written on.
public enum ConstitutionalPrompts {
    /// The prompt of the first answer: the wrapped form.
    public static func answer(_ instruction: String) -> String { PromptLayout.wrapped(instruction) }

    /// The prompt that asks in what way the answer falls short of a principle.
    public static func critique(_ instruction: String, answer: String, principle: Principle) -> String {
        "\(PromptLayout.wrapped(instruction)) \(answer.trimmed)\nPrinciple: \(principle.text.trimmed)\nCritique:"
    }

    /// The prompt that asks for an answer that does what the critique says.
    public static func revision(
        _ instruction: String, answer: String, principle: Principle, critique: String
    ) -> String {
        "\(Self.critique(instruction, answer: answer, principle: principle)) \(critique.trimmed)\nRevision:"
    }

    /// Generation stops at the delimiter or where the model begins the page's next part itself.
    public static let stops = PromptLayout.stops + labels.map { "\n" + $0 }

    private static let labels = [PromptLayout.instructionLabel, "Principle:", "Critique:", "Revision:"]
}
