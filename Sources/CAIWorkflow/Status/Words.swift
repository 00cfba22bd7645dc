// Owns how spans of time and sums of money are said to people.
// Never used where a program reads.

/// Seconds in words.
public enum DurationWords {
    /// `45 s`, `3 min 20 s`, `2 h 5 min`, `3 d 4 h`.
    public static func text(_ seconds: Double) -> String {
        guard seconds < 1e9 else { return "more than 30 years" }
        let whole = Int(max(0, seconds).rounded())
        if whole < 60 { return "\(whole) s" }
        if whole < 3600 { return whole % 60 == 0 ? "\(whole / 60) min" : "\(whole / 60) min \(whole % 60) s" }
        if whole < 86_400 { return "\(whole / 3600) h \(whole % 3600 / 60) min" }
        return "\(whole / 86_400) d \(whole % 86_400 / 3600) h"
    }
}

/// Money in words.
public enum USD {
    /// `$0.00`, `$12.34`, `-$0.50`.
    public static func text(_ usd: Double) -> String {
        guard abs(usd) < 1e15 else { return "\(usd < 0 ? "-" : "")$\(abs(usd))" }
        let cents = Int((abs(usd) * 100).rounded())
        let digits = cents % 100
        return "\(usd < 0 && cents > 0 ? "-" : "")$\(cents / 100).\(digits < 10 ? "0" : "")\(digits)"
    }
}

extension StatusReport.InProgress {
    /// How far it is: `step train_sft, training 40 of 144, 52% of the task, about 1 min left`.
    public var words: String {
        guard let step else { return phase ?? "starting" }
        var parts = ["step \(step)"]
        if let phase { parts.append(phase) }
        if let fraction, fraction.isFinite { parts.append("\(Int((fraction * 100).rounded(.down)))% of the task") }
        if let eta_s { parts.append("about \(DurationWords.text(eta_s)) left") }
        return parts.joined(separator: ", ")
    }
}
