// Owns: reading an instant that a person wrote, strictly: `2026-11-22T08:00[:00[.5]]` with `Z` or an offset.
// A day or an hour that does not exist is refused; the library's parser would roll it over.
// Never assumes a time zone.

import CAISystem
import FoundationEssentials

enum InstantText {
    /// The instant, or nil where the text is none or lacks its zone.
    static func parse(_ text: String) -> Date? {
        var text = text
        if text.count > 16, case let index = text.index(text.startIndex, offsetBy: 16), text[index] != ":" {
            text.insert(contentsOf: ":00", at: index)
        }
        let local = text.prefix(19)
        // Rolled over, the same local time would be written differently.
        guard local.count == 19, let checked = Date(instantText: local + "Z"), checked.instantText.hasPrefix(local)
        else { return nil }
        var zone = text.dropFirst(19)
        if zone.first == "." {
            let digits = zone.dropFirst().prefix(while: isDigit)
            guard (1...9).contains(digits.count) else { return nil }
            zone = zone.dropFirst(1 + digits.count)
        }
        return zone == "Z" || isOffset(zone) ? Date(instantText: text) : nil
    }

    /// `+01:00`, `-0530`.
    private static func isOffset(_ text: Substring) -> Bool {
        guard text.first == "+" || text.first == "-" else { return false }
        let parts = text.dropFirst().split(separator: ":", omittingEmptySubsequences: false)
        let digits = parts.joined()
        guard digits.count == 4, digits.allSatisfy(isDigit), parts.count == 1 || parts.first?.count == 2 else {
            return false
        }
        return (Int(digits.prefix(2)) ?? 99) <= 14 && (Int(digits.suffix(2)) ?? 99) <= 59
    }

    private static func isDigit(_ character: Character) -> Bool { ("0"..."9").contains(character) }
}
