// Owns the three forms in which an instruction is put to a base model.
// Never adds a chat template or a special token.

/// How an instruction is put to a model.
public enum PromptForm: String, Sendable, Hashable, Codable, CaseIterable {
    /// The instruction alone.
    case raw
    /// `Instruction: X\nResponse:`
    case wrapped
    /// The wrapped form after examples in the same layout.
    case fewShot = "few_shot"

    /// The forms without examples; the best of them is the baseline that training is held against.
    public static let zeroShot: [PromptForm] = [.raw, .wrapped]

    /// The prompt, byte for byte as it is sent.
    /// - Parameter shots: used by `fewShot` alone.
    public func prompt(_ instruction: String, shots: [Shot] = []) -> String {
        switch self {
        case .raw: instruction
        case .wrapped: PromptLayout.wrapped(instruction)
        case .fewShot: shots.map(\.text).joined() + PromptLayout.wrapped(instruction)
        }
    }
}

/// An example shown before the instruction.
public struct Shot: Sendable, Hashable, Codable {
    public let instruction: String
    public let response: String

    public init(instruction: String, response: String) {
        self.instruction = instruction
        self.response = response
    }

    /// `Instruction: X\nResponse: Y\nEND\n\n`: exactly a training example, and a blank line.
    public var text: String {
        PromptLayout.wrapped(instruction) + PromptLayout.completion(response) + "\n\n"
    }
}
