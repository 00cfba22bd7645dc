// Owns making RunPod's words fit for a message: short, printable, on one line, and without anything that looks like a secret.
// Never judges what they say.

/// Text from an answer, for a message.
enum RunPodWords {
    /// At most 300 characters.
    static func clean(_ text: String, key: APIKey) -> String {
        // Hidden before it is cut: half a key is a secret too.
        var words = key.hidden(in: String(text.prefix(4000)))
        words = words.replacing(/(?i)bearer\s+\S{12,}/, with: "Bearer …")
        words = words.replacing(/(?i)("?env"?\s*[:=]\s*)[{\[][^}\]]*[}\]]?/) { "\($0.output.1)…" }
        words = words.replacing(/\b([A-Z][A-Z0-9_]{2,}\s*=\s*)\S+/) { "\($0.output.1)…" }
        words = words.replacing(/(?i)\b(api[_-]?key|token|password|secret)(["']?\s*[:=]\s*["']?)[^\s"',;&]+/) {
            "\($0.output.1)\($0.output.2)…"
        }
        words = words.replacing(/\b(rpa|hf|sk|ghp|gho|pat|xox[a-z])[_-][A-Za-z0-9_-]{8,}/, with: "…")
        // Long runs of letters and digits are keys more often than words.
        words = words.replacing(/[A-Za-z0-9_+-]{32,}/, with: "…")
        let line = String(
            String.UnicodeScalarView(
                words.unicodeScalars.map { scalar in
                    switch scalar.properties.generalCategory {
                    case .control, .format, .lineSeparator, .paragraphSeparator: " "
                    default: scalar
                    }
                })
        ).split(separator: " ").joined(separator: " ")
        return line.count <= 300 ? line : line.prefix(300) + "…"
    }
}
