// Owns one instruction with what the model answered to it, before it is filtered.
// Never holds the right answer apart from the item's own, which no filter looks at.

/// An instruction and the answers generated for it, one for each set of examples.
public struct Candidate: Sendable, Hashable {
    public let item: Item
    public let samples: [Output]

    public init(item: Item, samples: [Output]) {
        self.item = item
        self.samples = samples
    }

    /// The answer that stands for the candidate: the first of those most often given (after normalisation).
    public var chosen: Output? {
        guard let winner = MajorityVote(samples).winner else { return samples.first }
        return samples.first { NormalForm.of($0.text) == winner }
    }

    /// The stripped response that is trained on.
    public var response: String { chosen?.text.trimmed ?? "" }
}

/// The vote of several answers to one instruction.
public struct MajorityVote: Sendable, Equatable {
    /// The normal form given most often; of equals, the one given first. Nil without answers.
    public let winner: String?
    /// How often it was given.
    public let votes: Int

    public init(_ samples: [Output]) {
        let answers = samples.map { NormalForm.of($0.text) }
        let counts = answers.reduce(into: [:]) { $0[$1, default: 0] += 1 }
        votes = counts.values.max() ?? 0
        winner = answers.first { [votes] in counts[$0] == votes }
    }
}
