// Owns what is tried, in which order and with which pauses, to get a machine back after a pod has died: start it again,
// another GPU of the list, wait, from the top. Ends by itself: with a machine, or with words for a person.
// Never asks anybody for anything; who does tells it what came of it.

/// What to do next to have a machine again.
public enum RecoveryStep: Sendable, Equatable {
    /// Start the machine that is there.
    case resume
    /// Have another one made, with this GPU.
    case replace(gpu: String)
    /// An answer was lost: from that moment on look whether the machine is there, then tell by `looked`; ask for nothing before.
    case look(at: Double)
    /// Nothing before that moment; why, in words.
    case wait(until: Double, why: String)
    /// Block what waits for it, with these words.
    case giveUp(String)
}

/// One search for a machine.
public struct RecoveryLadder: Sendable, Equatable, Codable {
    private enum Rung: Equatable, Codable {
        case resume
        case replace(String)
    }
    /// Tries of one rung whose answer was lost before the next is taken.
    private static let mostLostAnswers = 3
    /// Seconds after which an answer that was lost can be looked for.
    private static let lookAfter = 10.0
    /// Seconds; what a provider asks for beyond that is asked of it again.
    private static let longestRetryAfter = 3600.0
    private var rungs: [Rung]
    private var index = 0
    private var rounds = 0
    /// Failures in a row of the same rung for other reasons than its own.
    private var disturbances = 0
    private var pause: Pause?
    private var lookAt: Double?
    private var ending: String?
    private let startedAt: Double
    private let patience: Double
    /// Between rounds, and after disturbances.
    private let backoff: Backoff

    private struct Pause: Equatable, Codable {
        var until: Double
        var why: String
    }

    /// - Parameters:
    ///   - machine: how the machine stands that has died; only a stopped one is started again.
    ///   - gpus: those that may replace it, in the order of preference; empty where another one cannot be made.
    ///   - patience: seconds after which it is given up.
    public init(
        machine: MachineStatus, gpus: [String], startedAt: Double, seed: UInt64, patience: Double = 86_400,
        backoff: (first: Double, most: Double) = (60, 1800)
    ) {
        // What this version does not know may well be a stopped one: the provider refuses if not.
        let canResume = machine != .missing && machine != .failed
        rungs = (canResume ? [.resume] : []) + gpus.map(Rung.replace)
        (self.startedAt, self.patience) = (startedAt, patience)
        self.backoff = Backoff(first: backoff.first, most: backoff.most, seed: seed)
        if rungs.isEmpty {
            ending =
                "the pod is gone, and pod.runpod.gpus names no GPU to replace it with; add one, or start a pod yourself"
        }
    }

    public func next(now: Double) -> RecoveryStep {
        if let ending { return .giveUp(ending) }
        if let lookAt { return .look(at: lookAt) }
        if let pause, pause.until > now { return .wait(until: pause.until, why: pause.why) }
        switch rungs[index] {
        case .resume: return .resume
        case .replace(let gpu): return .replace(gpu: gpu)
        }
    }

    /// The step was tried, and this came of it.
    public mutating func failed(_ error: GPUError, now: Double) {
        guard ending == nil else { return }
        switch error.code {
        case .capacity: climb(error, now)
        case .refused, .missing:
            // This rung never will do; the others may.
            rungs.remove(at: index)
            index -= 1
            if rungs.isEmpty { return giveUp(error) }
            climb(error, now)
        case .ambiguous: lookAt = now + Self.lookAfter
        case .rateLimited, .unreachable:
            disturbances += 1
            let asked = min(error.retryAfter ?? 0, Self.longestRetryAfter)
            wait(max(asked, backoff.delay(after: disturbances)), "\(error)", error, now)
        case .stopped: break
        case .auth, .hostKey, .balance, .budget, .corrupt, .noSpace, .jobFailed, .noProgress: giveUp(error)
        }
    }

    /// Somebody has looked for the machine after an answer was lost.
    /// - Returns: true where it is there or on its way: the search is over.
    public mutating func looked(_ status: MachineStatus, now: Double) -> Bool {
        let lost = GPUError(.ambiguous, "the provider's answer was lost, and no machine came of it")
        switch status {
        case .running, .preparing:
            lookAt = nil
            return true
        case .unknown:
            guard now - startedAt <= patience else {
                giveUp(lost, after: now - startedAt)
                return false
            }
            lookAt = now + Self.lookAfter
        case .missing, .stopped, .failed:
            lookAt = nil
            disturbances += 1
            if disturbances >= Self.mostLostAnswers {
                climb(lost, now)
            } else {
                wait(backoff.delay(after: disturbances), lost.message, lost, now)
            }
        }
        return false
    }

    /// On to the next rung; after the last one a pause, and from the top.
    private mutating func climb(_ error: GPUError, _ now: Double) {
        (index, disturbances) = (index + 1, 0)
        guard index >= rungs.count else { return }
        (index, rounds) = (0, rounds + 1)
        wait(
            backoff.delay(after: rounds),
            "no machine is to be had (tried: \(tried)): \(error); "
                + "round \(rounds + 1) follows", error, now)
    }

    private mutating func wait(_ seconds: Double, _ why: String, _ error: GPUError, _ now: Double) {
        guard now + seconds - startedAt <= patience else { return giveUp(error, after: now - startedAt) }
        pause = Pause(until: now + seconds, why: why)
    }

    private mutating func giveUp(_ error: GPUError, after seconds: Double? = nil) {
        let long = seconds.map { "after \(Words.span($0)) of trying (\(tried)), " } ?? ""
        ending = "\(long)there is no machine: \(error). After mending it, `caid retry` goes on from the last checkpoint"
    }

    private var tried: String {
        Words.list(
            rungs.map {
                switch $0 {
                case .resume: "starting it again"
                case .replace(let gpu): gpu
                }
            })
    }
}
