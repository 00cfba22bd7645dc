// Owns the layout that prompts, examples and training completions share.
// Never knows a model; the end-of-sequence token is the worker's to add.

/// `Instruction: X\nResponse:` + ` Y\nEND`.
///
/// The prompt has no trailing space: the space belongs to the completion, where byte-level vocabularies have it.
public enum PromptLayout {
    /// The word on a line of its own that ends a response.
    public static let delimiter = "END"
    /// Stops generation. A string and not a token, since vocabularies merge the line end with what stands before it.
    public static let stopString = "\nEND"
    /// The strings that stop generation in every form.
    public static let stops = [stopString]

    public static let instructionLabel = "Instruction:"
    public static let responseLabel = "Response:"

    /// The prompt of the wrapped form.
    public static func wrapped(_ instruction: String) -> String {
        "\(instructionLabel) \(instruction)\n\(responseLabel)"
    }

    /// What follows the prompt: one space, the stripped response, the delimiter on its own line.
    public static func completion(_ response: String) -> String {
        " " + response.trimmed + stopString
    }
}
