// Owns how figures are written for people: fixed decimals, p-values, intervals.
// Never depends on a locale.

/// Figures as text.
enum Format {
    /// A number with exactly `digits` decimals, rounded half away from zero: `0.123`.
    static func fixed(_ value: Double, _ digits: Int) -> String {
        guard value.isFinite, abs(value) < 1e12 else { return "\(value)" }
        let scale = (0..<digits).reduce(1) { product, _ in product * 10 }
        let scaled = Int((abs(value) * Double(scale)).rounded())
        let fraction = String(scaled % scale)
        let sign = value < 0 && scaled > 0 ? "-" : ""
        guard digits > 0 else { return sign + "\(scaled)" }
        return sign + "\(scaled / scale)." + String(repeating: "0", count: digits - fraction.count) + fraction
    }

    /// `0.034`, or `3.4e-09` below a thousandth.
    static func pValue(_ p: Double) -> String {
        guard p > 0, p < 0.001 else { return fixed(p, 3) }
        var mantissa = p
        var exponent = 0
        while mantissa < 1 {
            mantissa *= 10
            exponent += 1
        }
        if fixed(mantissa, 1) == "10.0" { (mantissa, exponent) = (1, exponent - 1) }
        return "\(fixed(mantissa, 1))e-\(exponent < 10 ? "0" : "")\(exponent)"
    }

    /// `12.3%`
    static func percent(_ share: Double) -> String { fixed(share * 100, 1) + "%" }

    /// `12.3 points`, of a difference of shares.
    static func points(_ share: Double) -> String { fixed(share * 100, 1) + " points" }

    /// `+12.3`, a difference of shares in points.
    static func signedPoints(_ share: Double) -> String { (share > 0 ? "+" : "") + fixed(share * 100, 1) }

    /// `[0.018, 0.060]`
    static func interval(_ low: Double, _ high: Double) -> String { "[\(fixed(low, 3)), \(fixed(high, 3))]" }

    static func interval(_ rate: Rate) -> String { interval(rate.ciLow, rate.ciHigh) }

    /// `75 s`, `12 min 30 s`, `3 h 05 min`.
    static func duration(seconds: Double) -> String {
        let whole = Int(seconds.rounded())
        let (hours, minutes) = (whole / 3600, whole / 60 % 60)
        if hours > 0 { return "\(hours) h \(minutes < 10 ? "0" : "")\(minutes) min" }
        return whole < 120 ? "\(whole) s" : "\(minutes) min \(whole % 60) s"
    }
}
