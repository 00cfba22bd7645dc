// Owns spans of time as people write them: `90s`, `30m`, `2h`, `1d`, `1h30m`.
// Used by the configuration and by task headers alike.
// Never reads a bare number as seconds: a unit forgotten is an error, except for zero.

/// A span of time from a text such as `90s`, `30m`, `2h`, `1d`, `1.5h` or `1h30m`; never negative.
public struct DurationText: Sendable, Hashable, Comparable, Codable, CustomStringConvertible {
    public let seconds: Double

    public init(seconds: Double) { self.seconds = max(0, seconds) }

    /// Reads a duration; nil where it is none, or longer than a hundred years.
    public init?(_ text: String) {
        var rest = text[...]
        var total = 0.0
        if rest == "0" { rest = "" } else if rest.isEmpty { return nil }
        while !rest.isEmpty {
            let digits = rest.prefix { ("0"..."9").contains($0) || $0 == "." }
            rest = rest.dropFirst(digits.count)
            guard digits.first != ".", digits.last != ".", let count = Double(digits), let unit = rest.first,
                let length = Self.units[unit]
            else { return nil }
            total += count * length
            rest = rest.dropFirst()
        }
        guard total <= 36_525 * 86_400 else { return nil }
        seconds = total
    }

    public init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        let text = try container.decode(String.self)
        guard let duration = DurationText(text) else {
            throw DecodingError.dataCorruptedError(
                in: container,
                debugDescription: "expected a duration such as 90s, 30m, 2h or 1d, found \(text.quotedForMessage)")
        }
        self = duration
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(description)
    }

    /// The same span as the standard library's type.
    public var duration: Duration { .seconds(seconds) }

    /// The shortest exact text in one unit: `2h`, not `7200s`.
    public var description: String {
        for (unit, length) in [("d", 86_400.0), ("h", 3600), ("m", 60)]
        where seconds >= length && seconds.truncatingRemainder(dividingBy: length) == 0 {
            return "\(Int(seconds / length))\(unit)"
        }
        return seconds == seconds.rounded() ? "\(Int(seconds))s" : "\(seconds)s"
    }

    public static func < (left: DurationText, right: DurationText) -> Bool { left.seconds < right.seconds }

    private static let units: [Character: Double] = ["s": 1, "m": 60, "h": 3600, "d": 86_400]
}

extension DurationText: Blank { static var blank: DurationText { DurationText(seconds: 0) } }
