// Owns: which heading a row of the budget table is about: "M1", "M1: Dome", "Milestone 1", or a heading's own words.
// Never guesses: "M5-M6" is about two milestones and so about none; the text behind a number decides nothing.

extension Roadmap {
    /// The sections that a row's label fits. Only where it is exactly one, the row is about it.
    func sections(named label: String) -> [Section] {
        let label = RoadmapText.display(label).lowercased()
        let titles = sections.map { $0.title.lowercased() }
        func pick(_ fits: (String) -> Bool) -> [Section]? {
            let found = sections.filter { fits(titles[$0.index]) }
            let milestones = found.filter { $0.level == 2 }
            return found.isEmpty ? nil : milestones.isEmpty ? found : milestones
        }
        if let same = pick({ $0 == label }) { return same }
        if let number = NumberedName(label) {
            return number.isRange ? [] : pick { NumberedName($0).map { $0.isSame(as: number) } ?? false } ?? []
        }
        return pick { title in
            [title, NumberedName(title)?.rest ?? title].contains { name in
                name.hasPrefix(label)
                    && !(name.dropFirst(label.count).first.map { $0.isLetter || $0.isNumber } ?? false)
            }
        } ?? []
    }
}

/// A name that begins with a kind and a number: "milestone 1: dome", "m1", "stage 2.1".
private struct NumberedName {
    let kind: String
    let number: String
    /// What follows the number and the sign behind it.
    let rest: String
    /// Whether the number goes on to another one: "m5-m6", "stages 3 to 6".
    let isRange: Bool

    /// - Parameter text: in lowercase.
    init?(_ text: String) {
        let kind = text.prefix { $0.isLetter }
        var rest = text.dropFirst(kind.count).drop { $0 == " " || $0 == "#" }
        let number = rest.prefix { $0.isNumber || $0 == "." }
        rest = rest.dropFirst(number.count)
        guard !kind.isEmpty, number.contains(where: \.isNumber), rest.first.map({ !$0.isLetter }) ?? true else {
            return nil
        }
        self.kind = kind == "m" ? "milestone" : String(kind)
        self.number = String(number.last == "." ? number.dropLast() : number)
        self.rest = String(rest.drop { !$0.isLetter && !$0.isNumber })
        isRange = Self.isContinued(rest, kind)
    }

    func isSame(as other: NumberedName) -> Bool { kind == other.kind && number == other.number && !isRange }

    private static func isContinued(_ text: Substring, _ kind: Substring) -> Bool {
        var rest = text.drop { $0 == " " }
        if let sign = rest.first, "-–—&+,/…".contains(sign) {
            rest = rest.dropFirst()
        } else if let word = ["to ", "and ", "through "].first(where: rest.hasPrefix) {
            rest = rest.dropFirst(word.count)
        } else {
            return false
        }
        rest = rest.drop { $0 == " " }
        // A second number, with or without the same kind: "-6", "- m6". "milestone 3 - stage 1" is a title.
        if rest.hasPrefix(kind) { rest = rest.dropFirst(kind.count).drop { $0 == " " } }
        let digits = rest.prefix(while: \.isNumber)
        return !digits.isEmpty && !(rest.dropFirst(digits.count).first.map(\.isLetter) ?? false)
    }
}
