// Owns: making a task file from an item of the roadmap: name, front matter, title, criteria.
// The item's text is untrusted: it stands in a quoted value, behind `# Task: ` and behind boxes, each on one line.
// Never copies a section's prose, and never makes a task of an item that is ticked.

import CAISystem
import FoundationEssentials
import Glibc

/// A task file that is to be put into a queue.
public struct RoadmapTask: Sendable, Equatable {
    /// `YYYYMMDD_HHMMSS_P2_words.md`, the time in the machine's zone.
    public let name: String
    public let bytes: [UInt8]

    /// A task for the item that a reference names, "heading / item".
    /// - Throws: `RoadmapProblem` where it names no item or several, or one that is ticked.
    public static func make(
        for reference: String, in roadmap: [UInt8], at instant: Date
    ) throws(RoadmapProblem) -> RoadmapTask {
        let roadmap = Roadmap.parse(roadmap)
        let item = try roadmap.item(named: reference).get()
        guard !item.isTicked else { throw .alreadyTicked(roadmap.candidate(item)) }
        let title = PlainText.line(RoadmapText.display(item.text), limit: 200)
        let criteria = roadmap.bullets(below: item)
        var lines = [
            "---", "roadmap: [\(quoted(roadmap.exactName(of: item) ?? reference))]", "---",
            "# Task: \(title)", "", "**Source**: ROADMAP.md, line \(item.line)",
        ]
        if !criteria.isEmpty { lines += ["", "## Success Criteria", ""] + criteria }
        return RoadmapTask(
            name: "\(instant.localStamp)_P2_\(slug(title)).md",
            bytes: Array((lines.joined(separator: "\n") + "\n").utf8))
    }

    /// The words of a text as part of a file name: ASCII letters and digits, at most 40 of them.
    private static func slug(_ text: String) -> String {
        var slug = ""
        for word in text.lowercased().split(whereSeparator: { !$0.isASCII || !($0.isLetter || $0.isNumber) }) {
            guard slug.count + word.count < 40 else { break }
            slug += (slug.isEmpty ? "" : "_") + word
        }
        return slug.isEmpty ? "roadmap_item" : slug
    }

    /// A text as a double-quoted YAML value on one line.
    private static func quoted(_ text: String) -> String {
        var value = ""
        for scalar in text.printable.unicodeScalars {
            switch scalar {
            case "\"", "\\": value += "\\\(scalar)"
            // YAML knows these two only by their numbers.
            case "\u{FFFE}", "\u{FFFF}": value += "\\u\(String(scalar.value, radix: 16))"
            default: value.unicodeScalars.append(scalar)
            }
        }
        return "\"\(value)\""
    }
}

extension Roadmap {
    /// The name by which exactly this item is found again; nil if its nearest heading and its text are not enough.
    func exactName(of item: Item) -> String? {
        let name = name(of: item)
        guard case .success(let found) = self.item(named: name), found.index == item.index else { return nil }
        return name
    }

    /// The bullets nested under an item as boxes, ticked where they are ticked, nested as they are.
    func bullets(below item: Item) -> [String] {
        let start = item.line - 1
        let below = lines[(start + 1)...].prefix { line in
            line.isBlank || (line.heading == nil && line.indentation > item.indentation)
        }
        var result: [String] = []
        var outer: [Int] = []
        for line in below {
            guard let text = line.checkbox?.text ?? line.listItem, line.region == .text,
                line.quoteDepth == lines[start].quoteDepth
            else { continue }
            let words = PlainText.line(String(decoding: bytes[text], as: UTF8.self), limit: 500)
            if words.isEmpty { continue }
            while let last = outer.last, last >= line.indentation { outer.removeLast() }
            let margin = String(repeating: "  ", count: outer.count)
            outer.append(line.indentation)
            result.append("\(margin)- [\(line.checkbox?.isTicked == true ? "x" : " ")] \(words)")
        }
        return result
    }
}

extension Date {
    /// `20261121_013000` in the machine's time zone.
    fileprivate var localStamp: String {
        var seconds = time_t(timeIntervalSince1970.rounded(.down))
        var parts = tm()
        localtime_r(&seconds, &parts)
        let time = [parts.tm_hour, parts.tm_min, parts.tm_sec].map { $0 < 10 ? "0\($0)" : "\($0)" }.joined()
        return localDay.replacing("-", with: "") + "_" + time
    }
}
