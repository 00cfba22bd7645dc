// Owns what one witness last said about a pod, and since when it has said so.
// Never draws a conclusion; three of them together do (HealthPolicy).

/// One of the three who can tell whether a pod lives: its provider, its sshd, the events of its jobs.
public struct Witness: Sendable, Equatable {
    public enum Word: Sendable, Equatable {
        case alive
        /// Why, in words. Only a provider can say this: who does not answer may just be out of reach.
        case dead(String)
        /// Why nothing is known, in words.
        case unknown(String)

        fileprivate func isLike(_ other: Word) -> Bool {
            switch (self, other) {
            case (.alive, .alive), (.dead, .dead), (.unknown, .unknown): true
            default: false
            }
        }
    }

    public private(set) var word = Word.unknown("nothing was heard yet")
    /// When it last spoke, in seconds.
    public private(set) var at = 0.0
    /// Since when it has said the same at each look.
    public private(set) var since = 0.0

    public init() {}

    public mutating func says(_ word: Word, at: Double) {
        if !word.isLike(self.word) { since = at }
        (self.word, self.at) = (word, at)
    }
}

extension Witness.Word {
    /// What a provider's answer says of its pod. A state that this version does not know says nothing.
    public init(_ status: MachineStatus) {
        self =
            switch status {
            case .running: .alive
            case .preparing: .unknown("it is being prepared")
            case .stopped: .dead("the provider says that it is stopped")
            case .failed: .dead("the provider says that it has failed")
            case .missing: .dead("the provider knows no such pod any more")
            case .unknown(let word): .unknown("the provider calls its state '\(word)'")
            }
    }
}
