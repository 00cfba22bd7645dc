// Owns: which words of a heading or an item count when a task's reference is compared with a roadmap.
// Markers, their words, emphasis, boxes, invisible characters and the amount of white space do not.
// Never touches a file: what comes out is for comparing and for showing.

/// Headings and items without their decoration.
enum RoadmapText {
    /// A heading or item for a person to read: no marker, no word of a marker, no emphasis.
    static func display(_ text: String) -> String { forms(text).first ?? "" }

    /// The forms under which a text may be named: without the words of its markers, and with them, because in
    /// `### 📋 TODO list cleanup` the word belongs to the title and nobody can tell for sure.
    static func forms(_ text: String) -> [String] {
        let words = words(text)
        var bare: [String] = []
        var rest = words[...]
        while let word = rest.popFirst() {
            guard isMarker(word) else {
                bare.append(word)
                continue
            }
            for length in [2, 1] where rest.count >= length {
                guard isStateWord(rest.prefix(length).joined(separator: " ")) else { continue }
                rest.removeFirst(length)
                break
            }
        }
        let kept = words.filter { !isMarker($0) }
        // A word written in capitals at the end is a state even where its marker was left out.
        var trimmed = bare
        while let last = trimmed.last, trimmed.count > 1, last == last.uppercased(), isStateWord(last) {
            trimmed.removeLast()
        }
        var forms: [String] = []
        for form in [bare, kept, trimmed].map({ $0.joined(separator: " ") })
        where !form.isEmpty && !forms.contains(form) {
            forms.append(form)
        }
        return forms
    }

    /// A reference's heading without the `##` in front of it.
    static func withoutHashes(_ text: String) -> String {
        let bytes = Array(text.utf8)
        var cursor = LineCursor(bytes, bytes.indices)
        cursor.skipWhitespace()
        return cursor.heading.map { String(decoding: bytes[$0.text], as: UTF8.self) } ?? text
    }

    /// A reference's item without the `- [ ]` in front of it.
    static func withoutBox(_ text: String) -> String {
        let bytes = Array(text.utf8)
        var cursor = LineCursor(bytes, bytes.indices)
        cursor.skipWhitespace()
        _ = cursor.takeListMarker()
        return cursor.checkbox.map { String(decoding: bytes[$0.text], as: UTF8.self) } ?? text
    }

    private static let markers = Set(RoadmapMarker.allCases.flatMap { Array($0.rawValue.unicodeScalars) })

    /// The words of a text, each marker one of its own; emphasis and variation selectors are gone.
    private static func words(_ text: String) -> [String] {
        var plain = String.UnicodeScalarView()
        var underscores = 0
        for scalar in text.printable.unicodeScalars {
            if scalar == "_" {
                underscores += 1
                continue
            }
            // One underscore is part of a name; two are emphasis.
            if underscores == 1 { plain.append("_") }
            underscores = 0
            if markers.contains(scalar) {
                plain.append(contentsOf: " \(scalar) ".unicodeScalars)
            } else if scalar != "*", scalar != "`", scalar != "\u{FE0F}" {
                plain.append(scalar)
            }
        }
        if underscores == 1 { plain.append("_") }
        return String(plain).split(whereSeparator: \.isWhitespace).map(String.init)
    }

    private static func isMarker(_ word: String) -> Bool { RoadmapMarker(rawValue: word) != nil }

    /// NEW is no state, but it stands where one stands.
    private static func isStateWord(_ text: String) -> Bool {
        text == "NEW" || StateWord.words.contains { $0.text == text.uppercased() }
    }
}
