// Owns: the signs that people put in front of a verdict: a tick, a warning, a cross, a traffic light.
// A sign alone is a verdict; beside words it has to agree with them.
// Never reads a word.

/// The sign a statement begins with.
enum VerdictSign: Sendable {
    case go, warning, stop

    init?(_ text: String) {
        for scalar in text.unicodeScalars.prefix(40) {
            if scalar.properties.isAlphabetic { return nil }
            switch scalar {
            case "✅", "🟢", "👍", "✔", "☑", "✓": self = .go
            case "⚠", "🟡", "🟠", "⏳", "⏸", "🚧": self = .warning
            case "❌", "🔴", "🚫", "⛔", "🛑", "✗", "✘", "👎", "❎", "🚨": self = .stop
            default: continue
            }
            return
        }
        return nil
    }
}
