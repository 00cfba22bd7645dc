// Owns: finding the one item that a reference names, and the nearest ones when it names none.
// Never guesses: an item is found only if it fits at least as well as every other one on heading and text both.
// Never changes anything.

/// What a reference names in a roadmap.
public enum RoadmapMatch: Sendable {
    case item(Roadmap.Item)
    /// Nothing fits. The nearest items, best first, three at most.
    case none(nearest: [RoadmapCandidate])
    /// Several fit equally well, in the order of the file.
    case several([Roadmap.Item])
}

extension Roadmap {
    /// The item that a reference names: heading and item are compared without decoration, and each needs to be only
    /// a beginning. Letter case counts first; if nothing fits so, it does not. A whole text goes before a beginning
    /// that ends with a word, and that before one that breaks off inside a word ("Milestone 1" and "Milestone 10").
    public func match(_ reference: RoadmapReference) -> RoadmapMatch {
        for fold in [{ $0 }, { $0.lowercased() }] as [(String) -> String] {
            let found = candidates(reference, fold)
            if found.count == 1 { return .item(found[0].item) }
            if found.isEmpty { continue }
            let best = found.filter { one in
                found.allSatisfy { one.heading <= $0.heading && one.text <= $0.text }
            }
            return best.count == 1 ? .item(best[0].item) : .several((best.isEmpty ? found : best).map(\.item))
        }
        return .none(nearest: nearest(to: reference))
    }

    /// The reference under which an item can be named: its nearest heading, or the beginning of it if that holds a
    /// separator, and its text. An item before the first heading has only its text and cannot be named.
    public func name(of item: Item) -> String {
        let text = RoadmapText.display(item.text)
        guard let section = item.section else { return text }
        let heading = sections[section].title + " / "
        return heading[..<(heading.firstRange(of: " / ")?.upperBound ?? heading.endIndex)] + text
    }

    func candidate(_ item: Item) -> RoadmapCandidate { RoadmapCandidate(name: name(of: item), line: item.line) }

    /// How well a name fits; lower is better.
    private enum Fit: Int, Comparable {
        case whole, words, beginning

        static func < (one: Fit, other: Fit) -> Bool { one.rawValue < other.rawValue }

        init?(_ name: [String], _ text: [String]) {
            let fits = name.flatMap { name in text.compactMap { Self.fit(name, $0) } }
            guard let best = fits.min() else { return nil }
            self = best
        }

        private static func fit(_ name: String, _ text: String) -> Fit? {
            guard text.hasPrefix(name) else { return nil }
            guard let next = text.dropFirst(name.count).first else { return .whole }
            return next.isLetter || next.isNumber ? .beginning : .words
        }
    }

    private typealias Candidate = (item: Item, heading: Fit, text: Fit)

    private func candidates(_ reference: RoadmapReference, _ fold: (String) -> String) -> [Candidate] {
        let heading = RoadmapText.forms(reference.heading).map(fold)
        let text = RoadmapText.forms(reference.item).map(fold)
        let fits = sections.map { Fit(heading, RoadmapText.forms($0.heading).map(fold)) }
        return items.compactMap { item in
            // Of the headings above an item, the one that fits best speaks for it.
            guard let headingFit = ancestry(of: item.section).compactMap({ fits[$0.index] }).min(),
                let textFit = Fit(text, RoadmapText.forms(item.text).map(fold))
            else { return nil }
            return (item, headingFit, textFit)
        }
    }

    private func nearest(to reference: RoadmapReference) -> [RoadmapCandidate] {
        // Comparing takes time with the square of the length; a beginning is enough to be near.
        let heading = Array(RoadmapText.display(reference.heading).lowercased().prefix(200))
        let text = Array(RoadmapText.display(reference.item).lowercased().prefix(200))
        func distance(_ name: [Character], _ candidate: String) -> Int {
            EditDistance.levenshtein(name, Array(RoadmapText.display(candidate).lowercased().prefix(name.count)))
        }
        let headingDistances = sections.map { distance(heading, $0.heading) }
        let ranked = items.filter { $0.section != nil }.map { item in
            let above = ancestry(of: item.section).map { headingDistances[$0.index] }.min() ?? heading.count
            return (distance: above + distance(text, item.text), item: item)
        }
        return ranked.sorted { ($0.distance, $0.item.index) < ($1.distance, $1.item.index) }
            .prefix(3).map { candidate($0.item) }
    }
}

/// How far two texts are apart.
enum EditDistance {
    /// The least number of insertions, deletions and substitutions that turn `a` into `b` (Levenshtein 1966),
    /// in time |a|·|b| and space |b|.
    static func levenshtein(_ a: [Character], _ b: [Character]) -> Int {
        var row = Array(0...b.count)
        for (i, left) in a.enumerated() {
            var diagonal = row[0]
            row[0] = i + 1
            for (j, right) in b.enumerated() {
                let substituted = diagonal + (left == right ? 0 : 1)
                diagonal = row[j + 1]
                row[j + 1] = min(substituted, row[j] + 1, diagonal + 1)
            }
        }
        return row[b.count]
    }
}
