// Owns what can be said of a pod's idleness, and in which words.
// Never holds a countdown: instants stay instants until somebody reads them.

/// Whether a pod goes on running, and why.
public enum IdleVerdict: Sendable, Equatable {
    /// Something goes on: each reason in words.
    case busy([String])
    /// Nothing goes on; it stops at that moment if nothing comes up. `stopsAt` is nil where nobody can stop it.
    case idle(since: Double, stopsAt: Double?)
    /// Everything is here: stop it, for that reason.
    case stopNow(String)
    /// Only work that is not here yet keeps it.
    case keptForUnpulled(names: [String], spentUSD: Double, ceilingUSD: Double)
    /// The ceiling is reached: stop it, and say what is lost if its disk is.
    case stopWithLoss(names: [String], spentUSD: Double)

    /// Whether the pod is to be stopped now.
    public var stops: Bool {
        switch self {
        case .stopNow, .stopWithLoss: true
        case .busy, .idle, .keptForUnpulled: false
        }
    }

    public var idleSince: Double? { if case .idle(let since, _) = self { since } else { nil } }

    public var stopsAt: Double? { if case .idle(_, let stopsAt) = self { stopsAt } else { nil } }

    /// For `POD_STATUS.md`. Names are as they came: who shows them makes them harmless.
    public var words: String {
        switch self {
        case .busy(let reasons): "busy: " + reasons.joined(separator: "; ")
        case .idle(_, nil): "idle; this pod is not ours to stop"
        case .idle: "idle: nothing runs, nothing waits for it, and everything is here"
        case .stopNow(let why): "is stopped now: \(why)"
        case .keptForUnpulled(let names, let spent, let ceiling):
            "kept running only because this is not here yet: \(Words.list(names)); \(Words.usd(spent)) of at most "
                + "\(Words.usd(ceiling)) spent on that since something last came home"
        case .stopWithLoss(let names, let spent):
            "is stopped although this is not here: \(Words.list(names)). \(Words.usd(spent)) were spent on trying. It is on "
                + "the pod's disk still: start the pod with `caid pod start` before the disk is deleted"
        }
    }
}
