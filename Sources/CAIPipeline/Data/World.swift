// Owns the tables and templates from which every instruction is made, and their validation.
// Never holds a generated text, and never trusts a file: what does not fit together is refused with the family's name.

import CAISystem

/// A closed world of rows of facts, and families of templates that ask about them.
public struct World: Sendable, Equatable, Decodable {
    /// The facts of one thing: a text for each slot.
    public typealias Row = [String: String]

    /// Who may see a family's phrasing.
    public enum Use: String, Sendable, Equatable, Codable {
        /// Trained on, never evaluated.
        case train
        /// Evaluated only: an unseen template.
        case heldOut = "held_out"
        /// Trained on, and evaluated with other rows: a seen template.
        case both
    }

    /// One phrasing of one question about the rows of one table.
    public struct Family: Sendable, Equatable, Decodable {
        public let id: String
        /// The kind of instruction (`fact`, `maths`, …): figures are reported by it.
        public let type: String
        public let table: String
        /// The instruction, with slots in braces: `Where does {name} live?`
        public let template: String
        /// The right answer, with slots in braces.
        public let answer: String
        public let checker: Checker
        public let split: Use
    }

    public let version: Int
    public let tables: [String: [Row]]
    public let families: [Family]

    /// Reads and validates `world.json`.
    /// - Throws: `PipelineError.invalidWorld` naming the family or table and what does not fit.
    public init(json: [UInt8]) throws {
        do {
            self = try CanonicalJSON.decode(World.self, from: json)
        } catch let error as DecodingError {
            throw Self.error("the file is not a world: \(Self.words(error))")
        }
        try validate()
    }

    static func error(_ message: String) -> PipelineError {
        PipelineError(.invalidWorld, "world.json: " + message)
    }

    private static func words(_ error: DecodingError) -> String {
        switch error {
        case .keyNotFound(let key, let context): "\(path(context)): \"\(key.stringValue)\" is missing"
        case .typeMismatch(_, let context), .valueNotFound(_, let context), .dataCorrupted(let context):
            "\(path(context)): \(context.debugDescription)"
        @unknown default: "\(error)"
        }
    }

    private static func path(_ context: DecodingError.Context) -> String {
        let keys = context.codingPath.map { key in key.intValue.map { "[\($0)]" } ?? "." + key.stringValue }
        return keys.isEmpty ? "the whole" : String(keys.joined().drop { $0 == "." })
    }
}
