// Owns one principle of a constitution.
// Never holds prompts; Prompts/ConstitutionalPrompts.swift makes them.

/// One rule by which answers are criticised and revised.
public struct Principle: Sendable, Hashable, Codable {
    /// What a principle is about.
    public enum Category: String, Sendable, Hashable, Codable, CaseIterable {
        case helpful, harmless, honest
    }

    /// Kebab or snake case; records name the principle by it.
    public let id: String
    /// The principle in one or two sentences.
    public let text: String
    public let category: Category

    public init(id: String, text: String, category: Category) {
        self.id = id
        self.text = text
        self.category = category
    }
}
