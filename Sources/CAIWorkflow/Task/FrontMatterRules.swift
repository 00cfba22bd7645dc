// Owns: what a value in the front matter must be, beyond its YAML type, and how that is worded.
// A rule turns a decoded value into the one that is used, or says what was expected.
// Never knows which key it is applied to.

import CAISystem
import CAIYAML
import FoundationEssentials

/// What a value must be.
protocol FieldRule {
    associatedtype Raw: Decodable
    associatedtype Value
    static var expected: String { get }
    static func value(_ raw: Raw) -> Value?
}

/// A value that went through its rule.
struct Checked<Rule: FieldRule>: Decodable {
    let value: Rule.Value

    init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        let raw = try container.decode(Rule.Raw.self)
        guard let value = Rule.value(raw) else {
            let found = PlainText.line("\(raw)", limit: 60)
            throw DecodingError.dataCorruptedError(
                in: container, debugDescription: "expected \(Rule.expected), found `\(found)`")
        }
        self.value = value
    }
}

enum PlainNameRule: FieldRule {
    static let expected = "a name of letters, digits, `_` and `-`"
    static func value(_ raw: String) -> String? {
        let isPlain = raw.utf8.allSatisfy {
            switch $0 {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"): true
            case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"), UInt8(ascii: "-"): true
            default: false
            }
        }
        return isPlain && !raw.isEmpty ? raw : nil
    }
}

enum RelativePathRule: FieldRule {
    static let expected = "a path inside the workspace, relative and without `..`"
    static func value(_ raw: String) -> String? {
        let parts = raw.split(separator: "/", omittingEmptySubsequences: false)
        let isSafe = !parts.contains("..") && !parts.contains("") && !raw.hasPrefix("~") && !raw.hasPrefix("-")
        return isSafe && TextRule.value(raw) != nil ? raw : nil
    }
}

enum PathListRule: FieldRule {
    static let expected = "paths inside the workspace, relative and without `..`"
    static func value(_ raw: StringList) -> [String]? {
        let paths = raw.values.compactMap { path -> String? in
            // `results/` is how people write a folder, and `./results` is no other one.
            let plain = RelativePathRule.value(path.hasSuffix("/") ? String(path.dropLast()) : path)
            let parts = plain?.split(separator: "/").filter { $0 != "." } ?? []
            return parts.isEmpty ? nil : parts.joined(separator: "/")
        }
        return paths.count == raw.values.count ? paths : nil
    }
}

enum ArgumentsRule: FieldRule {
    static let expected = "a list of words, or a text whose every quote is closed"
    static func value(_ raw: Words) -> [String]? {
        guard let words = raw.values, !words.contains(where: { $0.unicodeScalars.contains("\0") }) else { return nil }
        return words
    }

    /// A list is taken word by word; a text is split as a shell would, without one.
    struct Words: Decodable, CustomStringConvertible {
        let values: [String]?
        let description: String

        init(from decoder: any Decoder) throws {
            let container = try decoder.singleValueContainer()
            if let text = try? container.decode(String.self) {
                (values, description) = (CommandWords.split(text), text)
            } else {
                let list = try container.decode([String].self)
                (values, description) = (list, list.joined(separator: ", "))
            }
        }
    }
}

enum VariablesRule: FieldRule {
    static let expected = "variables (`NAME: value`) whose names are letters, digits and `_`"
    static func value(_ raw: [String: String]) -> [String: String]? {
        let isGood = raw.allSatisfy { name, value in
            PlainNameRule.value(name) != nil && !name.contains("-") && !value.unicodeScalars.contains("\0")
        }
        return isGood ? raw : nil
    }
}

enum TextRule: FieldRule {
    static let expected = "a text of one line that is not empty"
    static func value(_ raw: String) -> String? {
        let isLine = raw.unicodeScalars.allSatisfy { $0.properties.generalCategory != .control }
        return isLine && raw.contains { !$0.isWhitespace } ? raw : nil
    }
}

enum TextListRule: FieldRule {
    static let expected = "a text of one line or a list of such"
    static func value(_ raw: StringList) -> [String]? {
        raw.values.allSatisfy { TextRule.value($0) != nil } ? raw.values : nil
    }
}

enum InstantRule: FieldRule {
    static let expected = "an instant such as 2026-11-22T08:00:00Z or 2026-11-22T09:00:00+01:00"
    static func value(_ raw: String) -> Date? { InstantText.parse(raw) }
}

enum AmountRule: FieldRule {
    static let expected = "an amount of USD above 0"
    static func value(_ raw: Double) -> Double? { raw > 0 && raw.isFinite ? raw : nil }
}

enum TimeoutRule: FieldRule {
    static let expected = "a duration above 0"
    static func value(_ raw: DurationText) -> DurationText? { raw.seconds > 0 ? raw : nil }
}

enum CountRule: FieldRule {
    static let expected = "a whole number from 0"
    static func value(_ raw: Int) -> Int? { raw >= 0 ? raw : nil }
}

enum CommandRule: FieldRule {
    static let expected = "a program and its arguments; every quote must be closed"
    static func value(_ raw: String) -> [String]? {
        guard let words = CommandWords.split(raw), words.first?.isEmpty == false else { return nil }
        return raw.unicodeScalars.contains("\0") ? nil : words
    }
}

enum PriorityRule: FieldRule {
    static let expected = "P0, P1, P2 or P3 (or CRITICAL, High, Medium, Low)"
    static func value(_ raw: String) -> Priority? { Priority(word: raw) }
}
