// Owns whether a pod is alive: a pure function of three witnesses and now.
// Never takes silence for death: a pod is dead where its provider says so, twice, and nobody has heard from it since.

/// What is known of a pod's life.
public enum Health: Sendable, Equatable {
    case alive
    /// Replace it, for that reason.
    case dead(String)
    /// Change nothing; the reasons in words.
    case unknown(String)
}

/// The three witnesses of one pod.
public struct HealthFacts: Sendable, Equatable {
    public var provider: Witness
    /// Alive: a command was answered. A refused or silent port is `unknown`: the fault may be on the way.
    public var ssh: Witness
    /// Alive: a job's event was read that was new.
    public var events: Witness

    public init(provider: Witness = Witness(), ssh: Witness = Witness(), events: Witness = Witness()) {
        (self.provider, self.ssh, self.events) = (provider, ssh, events)
    }
}

/// Weighs the witnesses.
public struct HealthPolicy: Sendable {
    /// Seconds for which a word counts.
    let freshFor: Double
    /// Seconds over which the provider has to say that a pod is dead: APIs answer with nothing now and then.
    let confirmAfter: Double

    public init(freshFor: Double = 120, confirmAfter: Double = 10) {
        (self.freshFor, self.confirmAfter) = (freshFor, confirmAfter)
    }

    public func verdict(_ facts: HealthFacts, now: Double) -> Health {
        let provider = facts.provider
        if case .dead(let why) = provider.word, isFresh(provider, now) {
            // Who has answered since the provider first called it dead is not dead; a stop takes its time.
            let answers = [facts.ssh, facts.events].contains {
                $0.word == .alive && isFresh($0, now) && $0.at > provider.since
            }
            if answers { return .unknown("\(why), but it has answered since") }
            guard provider.at - provider.since >= confirmAfter else {
                return .unknown("\(why); it is asked again before that is believed")
            }
            return .dead(why)
        }
        if [provider, facts.ssh, facts.events].contains(where: { isFresh($0, now) && $0.word == .alive }) {
            return .alive
        }
        return .unknown(
            [("provider", provider), ("SSH", facts.ssh), ("jobs", facts.events)].map { name, witness in
                "\(name): \(words(witness, now))"
            }.joined(separator: "; "))
    }

    private func isFresh(_ witness: Witness, _ now: Double) -> Bool { now - witness.at <= freshFor }

    private func words(_ witness: Witness, _ now: Double) -> String {
        switch witness.word {
        case .unknown(let why) where witness.at == 0 || isFresh(witness, now): why
        case .unknown(let why): "\(why), \(Words.span(now - witness.at)) ago"
        case .alive: "last alive \(Words.span(now - witness.at)) ago"
        case .dead(let why): "\(why), \(Words.span(now - witness.at)) ago"
        }
    }
}
