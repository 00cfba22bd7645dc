// Owns one instruction with its right answer, and its stable identity.
// Never holds what a model said.

import CAISystem

/// One instruction made from a family and a row; a line of `instructions.jsonl` or `held_out.jsonl`.
public struct Item: Sendable, Hashable, Codable {
    /// Stable: the family's id and the row's key. The same question about the same row always has this id.
    public let id: String
    public let type: String
    public let family: String
    /// The row's identity across families: items with one `row` ask about the same fact.
    public let row: String
    public let instruction: String
    /// The right answer, which checkers compare with; no model sees it except as an example.
    public let answer: String
    public let checker: Checker
    /// Whether instructions of this family are trained on (with other rows).
    public let seenTemplate: Bool

    private enum CodingKeys: String, CodingKey {
        case id, type, family, row, instruction, answer, checker
        case seenTemplate = "seen_template"
    }

    public init(
        id: String, type: String, family: String, row: String, instruction: String, answer: String, checker: Checker,
        seenTemplate: Bool
    ) {
        self.id = id
        self.type = type
        self.family = family
        self.row = row
        self.instruction = instruction
        self.answer = answer
        self.checker = checker
        self.seenTemplate = seenTemplate
    }

    /// - Throws: `Template.Problem` where the row lacks a slot; a validated world has none such.
    init(_ family: World.Family, row: World.Row) throws {
        let key = Self.rowKey(row, table: family.table)
        self.init(
            id: family.id + "-" + key, type: family.type, family: family.id, row: key,
            instruction: try Template(family.template).filled(with: row),
            answer: try Template(family.answer).filled(with: row), checker: family.checker,
            seenTemplate: family.split != .heldOut)
    }

    /// Twelve hexadecimal digits that depend on the table and every slot of the row, not on its place in the table.
    static func rowKey(_ row: World.Row, table: String) -> String {
        let slots = row.sorted { $0.key < $1.key }.map { "\u{0}\($0.key)\u{0}\($0.value)" }
        return String(SHA256.hex(of: table + slots.joined()).prefix(12))
    }
}
