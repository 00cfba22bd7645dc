// Owns: recognising what a review wants done first: "Conditions:", "Must fix", "Required changes before approval".
// Beside an approval it makes a doubt.
// Never reads what is wanted.

enum VerdictDemand {
    /// "Conditions:", "Required changes before approval": what follows has to be done first.
    static func isDemand(_ text: String) -> Bool {
        let words = SeverityMark.words(InlineText.withoutSigns(text))
        let starts = [
            ["conditions"], ["condition"], ["prerequisites"], ["required", "changes"], ["required", "fixes"],
            ["must", "fix"],
            ["blocking", "issues"], ["blockers"], ["before", "deployment"], ["before", "proceeding"],
            ["before", "running"],
            ["before", "launch"], ["required", "before"], ["mandatory", "changes"], ["required", "actions"],
        ]
        return starts.contains { words.starts(with: $0) }
    }

    static func behindColon(_ text: String) -> String {
        guard let colon = text.firstIndex(of: ":") else { return text }
        let value = String(text[text.index(after: colon)...])
        return value.contains(where: \.isLetter) ? value : text
    }
}
