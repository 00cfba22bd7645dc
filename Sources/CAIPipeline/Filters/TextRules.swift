// Owns the rules that read a response's text.
// Never judges whether it is right.

extension FilterRule {
    /// Nothing but white space.
    public static let empty = FilterRule("empty", response: \.isEmpty)

    /// The delimiter stands inside the response, as a word of its own line.
    public static let delimiter = FilterRule(
        "delimiter",
        response: { response in
            response.split(whereSeparator: \.isNewline).contains { $0.trimmed == PromptLayout.delimiter }
        })

    /// The response goes on into another turn.
    public static let runaway = FilterRule(
        "runaway",
        response: { response in
            response.split(whereSeparator: \.isNewline).contains { line in
                let start = line.trimmed.lowercased()
                return turns.contains { start.hasPrefix($0) }
            }
        })

    private static let turns = ["instruction:", "response:", "q:", "a:", "question:", "answer:"]

    /// The token limit was hit, or the text stops at a colon or in the middle of a list.
    public static let truncated = FilterRule("truncated") { candidate, _ in
        candidate.chosen?.finish == .length || candidate.response.last.map { ":,;".contains($0) } ?? false
    }

    /// A gap left to be filled, not an answer.
    public static let placeholder = FilterRule(
        "placeholder",
        response: { response in
            let text = response.lowercased()
            return ["___", "...", "…"].contains { text == $0 } || placeholders.contains { text.contains($0) }
        })

    private static let placeholders = [
        "[insert", "[your ", "<insert", "<your ", "{insert", "[name]", "[answer]", "<answer>", "lorem ipsum", "___",
    ]

    /// A refusal where nothing is to be refused.
    /// - Parameter except: types whose right answer may be a refusal.
    public static func refusal(except: Set<String> = ["refusal"]) -> FilterRule {
        FilterRule("refusal") { candidate, _ in
            !except.contains(candidate.item.type) && isRefusal(candidate.response)
        }
    }

    private static func isRefusal(_ response: String) -> Bool {
        let text = response.lowercased().replacing("’", with: "'")
        return refusals.contains { text.hasPrefix($0) }
    }

    private static let refusals = [
        "i can't", "i cannot", "i can not", "i won't", "i will not", "i'm not able", "i am not able", "i'm unable",
        "i am unable", "i'm sorry", "i am sorry", "sorry,", "as an ai", "as a language model",
    ]

    /// Longer or shorter than the type allows, in characters. Types without limits pass.
    public static func length(_ limits: [String: ClosedRange<Int>] = standardLengths) -> FilterRule {
        FilterRule("length") { candidate, _ in
            limits[candidate.item.type].map { !$0.contains(candidate.response.count) } ?? false
        }
    }

    /// Short answers where one word or number is asked for; none for the types that set a length or format themselves.
    public static let standardLengths: [String: ClosedRange<Int>] = [
        "maths": 1...40, "fact": 1...40, "fill_the_blank": 1...40, "translation": 1...40, "generation": 10...500,
    ]
}
