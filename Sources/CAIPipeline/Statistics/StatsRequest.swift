// Owns reading the arguments of one request for a statistic: counts, proportions, arrays, tables.
// Never guesses: what does not fit is an error that names the key, what it must be and what it is.

import CAISystem
import CAIYAML

/// One request: a JSON object whose `test` names the statistic.
struct StatsRequest {
    let fields: [String: JSONValue]

    /// The greatest count that is taken; beyond it doubles and running time would begin to matter.
    static let greatestCount = 1_000_000_000_000.0

    private static let arguments: Set = [
        "test", "n01", "n10", "successes", "n", "confidence", "p", "p1", "p2", "table", "counts",
    ]

    init(line: String) throws {
        let value: JSONValue
        do {
            value = try CanonicalJSON.decode(JSONValue.self, from: line.utf8)
        } catch {
            throw Self.error(
                "not a JSON object on one line (NaN and Infinity are not JSON either); "
                    + "write for example {\"test\":\"wilson\",\"successes\":8,\"n\":10}")
        }
        guard case .object(let fields) = value else {
            throw Self.error("a request is a JSON object with a \"test\"; this is \(value.inWords)")
        }
        self.fields = fields
    }

    static func error(_ message: String) -> PipelineError { PipelineError(.invalidStatistic, message) }

    /// The value of a key. A similar key that nothing asks for is named, for it is likely a slip.
    func value(_ key: String) throws -> JSONValue {
        if let value = fields[key], case .null = value { throw Self.error("\"\(key)\" is null") }
        if let value = fields[key] { return value }
        throw Self.error("\"\(key)\" is missing\(slip(for: key))")
    }

    private func slip(for key: String) -> String {
        let others = fields.keys.filter { !Self.arguments.contains($0) }.sorted()
        return Suggestion.nearest(to: key, in: others).map { "; did you mean it by \"\($0)\"?" } ?? ""
    }

    func text(_ key: String) throws -> String {
        let value = try value(key)
        guard let text = value.stringValue else {
            throw Self.error("\"\(key)\" must be a text; it is \(value.inWords)")
        }
        return text
    }

    func count(_ key: String) throws -> Int { try Self.count(try value(key), named: "\"\(key)\"") }

    func proportion(_ key: String) throws -> Double { try Self.proportion(try value(key), named: "\"\(key)\"") }

    /// A confidence level strictly between 0 and 1; 0.95 where none is given.
    func confidence() throws -> Double {
        guard let value = fields["confidence"] else {
            let slip = slip(for: "confidence")
            if slip.isEmpty { return 0.95 }
            throw Self.error("\"confidence\" is missing\(slip)")
        }
        guard let level = value.doubleValue, level > 0, level < 1 else {
            throw Self.error("\"confidence\" must lie between 0 and 1, without them (0.95); it is \(value.inWords)")
        }
        return level
    }

    func proportions(_ key: String) throws -> [Double] {
        try array(key).enumerated().map { try Self.proportion($1, named: "\"\(key)\"[\($0)]") }
    }

    /// Rows of counts, all of one length.
    func rows(_ key: String) throws -> [[Int]] {
        let rows = try array(key).enumerated().map { index, row in
            guard case .array(let cells) = row else {
                throw Self.error("\"\(key)\"[\(index)] must be an array of counts; it is \(row.inWords)")
            }
            return try cells.enumerated().map { try Self.count($1, named: "\"\(key)\"[\(index)][\($0)]") }
        }
        let width = rows.first?.count ?? 0
        if width == 0 { throw Self.error("\"\(key)\"[0] is empty; every row needs a count for each category") }
        if let ragged = rows.firstIndex(where: { $0.count != width }) {
            throw Self.error(
                "\"\(key)\" is ragged: row 0 has \(width) counts, row \(ragged) has \(rows[ragged].count)")
        }
        return rows
    }

    private func array(_ key: String) throws -> [JSONValue] {
        let value = try value(key)
        guard case .array(let array) = value else {
            throw Self.error("\"\(key)\" must be an array; it is \(value.inWords)")
        }
        if array.isEmpty { throw Self.error("\"\(key)\" is empty; give at least one value") }
        return array
    }

    private static func count(_ value: JSONValue, named name: String) throws -> Int {
        guard let number = value.doubleValue, number >= 0, number == number.rounded(), number <= greatestCount else {
            throw error("\(name) must be a whole number from 0 to \(plain(greatestCount)); it is \(value.inWords)")
        }
        return Int(number)
    }

    private static func proportion(_ value: JSONValue, named name: String) throws -> Double {
        guard let number = value.doubleValue, number >= 0, number <= 1 else {
            throw error("\(name) must be a number from 0 to 1; it is \(value.inWords)")
        }
        return number
    }

    /// A number without a needless fraction.
    static func plain(_ number: Double) -> String {
        number == number.rounded() && abs(number) < 1e15 ? "\(Int64(number))" : "\(number)"
    }
}

extension JSONValue {
    /// The value in a few words, for messages.
    fileprivate var inWords: String {
        switch self {
        case .null: "null"
        case .bool(let bool): "\(bool)"
        case .int(let number): "\(number)"
        case .double(let number): StatsRequest.plain(number)
        case .string(let text): "the text \"\(text.prefix(40))\""
        case .array(let array): "an array of \(array.count)"
        case .object: "an object"
        }
    }
}
