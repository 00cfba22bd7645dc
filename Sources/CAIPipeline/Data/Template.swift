// Owns filling slots in braces: `Where does {name} live?`.
// Never evaluates anything: a slot is a name, a value is inserted as it is and not filled again.

/// A text with slots.
struct Template {
    /// Why a text could not be filled.
    enum Problem: Error {
        case unclosedBrace
        case strayBrace
        case missingSlot(String, has: [String])

        var words: String {
            switch self {
            case .unclosedBrace: "a \"{\" is not closed"
            case .strayBrace: "a \"}\" closes nothing"
            case .missingSlot(let slot, let has):
                "there is no slot \"\(slot)\"; there are \(has.joined(separator: ", "))"
            }
        }
    }

    let text: String

    init(_ text: String) { self.text = text }

    /// The text with every slot replaced by its value.
    func filled(with row: World.Row) throws -> String {
        var filled = ""
        var rest = text[...]
        while let brace = rest.firstIndex(where: { $0 == "{" || $0 == "}" }) {
            guard rest[brace] == "{" else { throw Problem.strayBrace }
            guard let end = rest[brace...].firstIndex(of: "}") else { throw Problem.unclosedBrace }
            let slot = String(rest[rest.index(after: brace)..<end])
            guard let value = row[slot] else { throw Problem.missingSlot(slot, has: row.keys.sorted()) }
            filled += rest[..<brace] + value
            rest = rest[rest.index(after: end)...]
        }
        return filled + rest
    }
}
