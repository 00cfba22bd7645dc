// Owns how this library says sums of money, spans of time and lists in its messages for people.
// Never used where a program reads.

enum Words {
    /// `$12.34`, `-$0.50`; sums under a cent that are not nothing keep two more digits.
    static func usd(_ usd: Double) -> String {
        guard abs(usd) < 1e15 else { return "$\(usd)" }
        let isTiny = abs(usd) < 0.005 && abs(usd) >= 0.00005
        let digits = isTiny ? 4 : 2
        let scale = isTiny ? 10_000.0 : 100.0
        let units = Int((abs(usd) * scale).rounded())
        let fraction = String(units % Int(scale))
        let sign = usd < 0 && units > 0 ? "-" : ""
        return "\(sign)$\(units / Int(scale))." + String(repeating: "0", count: digits - fraction.count) + fraction
    }

    /// `45 s`, `3 min 20 s`, `2 h 5 min`, `3 d 4 h`.
    static func span(_ seconds: Double) -> String {
        guard seconds < 1e9 else { return "more than 30 years" }
        let whole = Int(max(0, seconds).rounded())
        if whole < 60 { return "\(whole) s" }
        if whole < 3600 { return whole % 60 == 0 ? "\(whole / 60) min" : "\(whole / 60) min \(whole % 60) s" }
        if whole < 86_400 { return "\(whole / 3600) h \(whole % 3600 / 60) min" }
        return "\(whole / 86_400) d \(whole % 86_400 / 3600) h"
    }

    /// At most five of them: `a, b and 3 more`.
    static func list(_ names: [String]) -> String {
        let shown = names.prefix(5).joined(separator: ", ")
        return names.count > 5 ? "\(shown) and \(names.count - 5) more" : shown
    }
}
