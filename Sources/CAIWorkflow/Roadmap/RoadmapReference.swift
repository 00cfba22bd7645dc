// Owns: the words by which a task names an item of the roadmap, "heading / item".
// Never searches; RoadmapMatch does.

/// A heading and an item under it, each named by its beginning.
public struct RoadmapReference: Sendable, Equatable {
    /// As it was written, for messages.
    public let text: String
    public let heading: String
    public let item: String

    /// Splits at the first " / ". Nil if there is none, or if nothing stands before or after it.
    public init?(_ text: String) {
        let separator = Array(" / ".utf8)
        let bytes = Array(text.utf8)
        guard let split = bytes.indices.first(where: { bytes[$0...].starts(with: separator) }) else { return nil }
        heading = RoadmapText.withoutHashes(String(decoding: bytes[..<split], as: UTF8.self))
        item = RoadmapText.withoutBox(String(decoding: bytes[(split + separator.count)...], as: UTF8.self))
        self.text = text
        guard !RoadmapText.forms(heading).isEmpty, !RoadmapText.forms(item).isEmpty else { return nil }
    }
}

extension Roadmap {
    /// What is wrong with a reference, or nil if it names one item.
    func problem(with reference: String) -> RoadmapProblem? {
        if case .failure(let problem) = item(named: reference) { return problem }
        return nil
    }

    /// The one item that a reference names.
    func item(named text: String) -> Result<Item, RoadmapProblem> {
        guard let reference = RoadmapReference(text) else { return .failure(.malformedReference(text)) }
        return switch match(reference) {
        case .item(let item): .success(item)
        case .none(let nearest): .failure(.noMatch(reference: text, nearest: nearest))
        case .several(let items): .failure(.ambiguous(reference: text, items: items.map(candidate)))
        }
    }
}
