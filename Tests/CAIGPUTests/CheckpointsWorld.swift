// Owns a job in virtual time whose pod writes, sends and fails as its seed says: the real duty asks it for checkpoints and brings them
// home into a real folder.
// Never waits; time passes where the duty waits, asks or transfers.

import CAISystem
import FoundationEssentials
import Logging
import Synchronization
import SystemPackage
import TestSupport

@testable import CAIGPU

/// How a pod behaves. Seconds and chances.
struct CheckpointsWeather: Sendable {
    var every = 1800.0
    /// Reaching a step's end and writing.
    var write = 0.0...60.0
    /// One try to bring it home.
    var pull = 0.0...20.0
    /// Tries that fail, at most so many in a row.
    var brokenPulls = 2
    /// How often a word to the job is lost.
    var lostWords = 0.0
    /// Until a machine is lost.
    var life = 600.0...20_000.0
    /// Until another one is there.
    var gap = 10.0...3000.0
}

/// What one machine's life came to, from the job's start on it to its loss. Seconds.
struct CheckpointsLife: Sendable {
    /// Copies that came home.
    var copies = 0
    /// The most work that was at risk at any moment.
    var worst = 0.0
    /// By how much that was more than an interval and what this copy and the one before it took too long.
    var excess = -Double.infinity
    /// What any copy took longer than it was given.
    var over = 0.0
    /// Whether a copy was believed to be younger than it was.
    var isFlattered = false
    /// The moment whose state the newest copy at home holds.
    var home: Double?
    /// Work that has to be done again.
    var repeated = 0.0
}

/// Provider, connection, transfer, worker and keeper in one.
final class CheckpointsWorld: Provider, PodConnection, Transfer, PodAccess, JobStore {
    struct State {
        var random: PolicyRandom
        /// The checkpoint that is being written: its state's moment, and its end.
        var writing: (asOf: Double, end: Double)?
        /// Another one was asked for in the meantime.
        var isAsked = false
        var lastWrite = 0.0
        /// The moments whose states the checkpoints hold.
        var states: [Int: Double] = [:]
        var brokenPulls = 0
        var lostAt = 0.0
        /// The newest that came home.
        var home: Double?
        var remarks: [String] = []
    }
    let weather: CheckpointsWeather
    let clock = FixedClock(1_795_224_600)
    let state: Mutex<State>
    private let duty = Mutex<CheckpointDuty?>(nil)
    let name = "virtual"
    let features = ProviderFeatures(stopsMachines: true, bills: false, isRemote: true)
    let hourlyPrice = 0.0
    let workdir = FilePath("/pod")
    let workerCommand = ["python3", "-m", "worker"]
    var provider: any Provider { self }
    var now: Double { clock.uptime() / .seconds(1) }

    init(_ weather: CheckpointsWeather, seed: Int) {
        self.weather = weather
        state = Mutex(State(random: PolicyRandom(seed)))
    }

    private func draw(_ range: ClosedRange<Double>) -> Double { state.withLock { $0.random.span(range) } }

    // MARK: - Time

    /// Runs the job on a new machine until that is lost.
    func life(_ duty: CheckpointDuty) async -> CheckpointsLife {
        let began = now
        state.withLock {
            ($0.writing, $0.isAsked, $0.states, $0.home) = (nil, false, [:], nil)
            ($0.lastWrite, $0.lostAt) = (began, began + $0.random.span(weather.life))
        }
        self.duty.withLock { $0 = duty }
        await duty.loses()
        duty.starts()
        let remote = RemoteJob(pod: ReadyPod(identity: "m", connection: self, transfer: self), id: "j")
        let lost = state.withLock { $0.lostAt }
        var life = CheckpointsLife()
        // When the copy that is to come next was asked for, or begun, and what it was given; what the one before took too long.
        var (from, begun, lead, before) = (began, Double?.none, 0.0, 0.0)
        func risk() {
            let over = begun.map { max(0, now - $0 - lead) } ?? 0
            life.worst = max(life.worst, now - from)
            life.excess = max(life.excess, now - from - weather.every - over - before)
            life.over = max(life.over, over)
        }
        while now < lost {
            let (facts, given) = (duty.facts, CheckpointPolicy.lead(duty.facts))
            let until = await duty.act(remote)
            if duty.facts.homeAsOf != facts.homeAsOf, let believed = duty.facts.homeAsOf, let home = home {
                risk()
                (life.copies, life.isFlattered) = (life.copies + 1, life.isFlattered || believed > home)
                before = begun.map { max(0, now - $0 - lead) } ?? 0
                (from, begun) = (home, nil)
            }
            if until > now { await pass(until: until, stopsAtWrites: true) }
            if begun == nil, let next = duty.facts.askedAt ?? duty.facts.writtenAsOf,
                next > duty.facts.homeAsOf ?? began
            {
                (begun, lead) = (next, given)
            }
        }
        risk()
        (life.home, life.repeated) = (home, now - from)
        return life
    }

    /// Until there is another one.
    func gap() { clock.advance(draw(weather.gap)) }

    private var home: Double? { state.withLock { $0.home } }

    /// Lets time pass, until the machine is lost at most; what the job writes in it is seen at once.
    private func pass(until: Double, stopsAtWrites: Bool = false) async {
        while true {
            let (next, isWrite) = state.withLock { state -> (Double, Bool) in
                let limit = min(until, state.lostAt)
                // The worker has a clock of its own.
                if state.writing == nil, state.lastWrite + weather.every <= limit {
                    begin(&state, at: max(now, state.lastWrite + weather.every))
                }
                guard let end = state.writing?.end, end <= limit else { return (limit, false) }
                return (end, true)
            }
            clock.advance(max(0, next - now))
            guard isWrite else { return }
            await ends()
            if stopsAtWrites { return }
        }
    }

    /// A step ends, then its state is written.
    private func begin(_ state: inout State, at now: Double) {
        let seconds = state.random.span(weather.write)
        state.writing = (now + seconds * state.random.span(0...1), now + seconds)
        state.isAsked = false
    }

    private func ends() async {
        let (seq, asOf) = state.withLock { state -> (Int, Double) in
            let (seq, asOf) = ((state.states.keys.max() ?? 0) + 1, state.writing?.asOf ?? now)
            state.states[seq] = asOf
            (state.writing, state.lastWrite) = (nil, now)
            if state.isAsked { begin(&state, at: now) }
            return (seq, asOf)
        }
        let line =
            #"{"t":1,"event":"checkpoint","seq":\#(seq),"seconds":\#(now - asOf),"manifest_sha256":"\#(SHA256.hex(of: manifest(seq)))"}"#
        guard let event = try? CanonicalJSON.decode(JobEvent.self, from: line.utf8) else { return }
        await duty.withLock { $0 }?.add(event, after: now - 0.5)
    }

    // MARK: - The pod

    private func content(_ seq: Int) -> [UInt8] { Array("\(state.withLock { $0.states[seq] } ?? 0)".utf8) }

    private func manifest(_ seq: Int) -> [UInt8] {
        let bytes = content(seq)
        return Array(
            #"{"version":1,"job":"j","files":{"state":{"sha256":"\#(SHA256.hex(of: bytes))","bytes":\#(bytes.count)}},"facts":{}}"#
                .utf8)
    }

    private func seq(_ path: FilePath) -> Int { Int(path.lastComponent?.string ?? "") ?? 0 }

    func run(_ command: [String], deadline: Double) async throws(GPUError) -> CommandResult {
        state.withLock { state in
            if state.random.chance(weather.lostWords) { return }
            if state.writing == nil { begin(&state, at: now) } else { state.isAsked = true }
        }
        return CommandResult(status: 0, output: Array(#"{"state":"running"}"#.utf8), errors: [])
    }

    func read(_ path: FilePath, from offset: Int64, limit: Int) async throws(GPUError) -> [UInt8] {
        manifest(seq(path.removingLastComponent()))
    }

    func pull(
        _ files: [TransferFile], from remote: FilePath, to local: FilePath, bases: [FilePath],
        progress: @escaping @Sendable (TransferProgress) -> Void
    ) async throws(GPUError) -> TransferReport {
        let seconds = draw(weather.pull)
        await pass(until: now + seconds)
        let isBroken = state.withLock { state in
            let isBroken = state.brokenPulls < weather.brokenPulls && state.random.chance(0.3)
            state.brokenPulls = isBroken ? state.brokenPulls + 1 : 0
            return isBroken
        }
        if now >= state.withLock({ $0.lostAt }) || isBroken { throw GPUError(.unreachable, "the line broke") }
        do {
            try RealFiles().makeDirectories(local)
            try RealFiles().writeAtomically(local.appending("state"), bytes: content(seq(remote)))
        } catch { throw GPUError(.noSpace, "\(error)") }
        return TransferReport(moved: 0, total: 0, seconds: 0)
    }

    func push(
        _ files: [TransferFile], from local: FilePath, to remote: FilePath,
        progress: @escaping @Sendable (TransferProgress) -> Void
    ) async throws(GPUError) -> TransferReport { throw GPUError(.refused, "nothing is taken there") }

    func unpulled(_ use: PodUse, _ isUnpulled: Bool) async {}
    func checkpointCame(_ checkpoint: HomeCheckpoint) throws {
        state.withLock { $0.home = $0.states[checkpoint.podSeq] }
    }
    func remark(_ use: PodUse, _ message: String) throws { state.withLock { $0.remarks.append(message) } }

    func jobStarts(_ request: JobRequest, pod: String) throws {}
    func jobEnded(_ id: String, state: String, seconds: Double, usd: Double, isMetered: Bool) throws {}
    func machine() async throws(GPUError) -> Machine { Machine(id: "m", status: .running) }
    func start() async throws(GPUError) {}
    func stop() async throws(GPUError) {}
    func terminate() async throws(GPUError) {}
    func connect(to machine: Machine) async throws(GPUError) -> any PodConnection { self }
    func close() async {}
    func begin(_ use: PodUse, interrupt: @escaping @Sendable (GPUError) -> Void) async throws(GPUError) {}
    func end(_ use: PodUse, leaving: Bool) async {}
    func ready(_ progress: @escaping @Sendable (String) -> Void) async throws(GPUError) -> ReadyPod {
        ReadyPod(identity: "m", connection: self, transfer: self)
    }
    func suspect(_ pod: ReadyPod, _ error: GPUError) async {}
    func makeFolder(_ path: FilePath) async throws(GPUError) {}
    func upload(bytes: [UInt8], to path: FilePath) async throws(GPUError) {}
    func changes(of path: FilePath, atLeastEvery seconds: Double) -> AsyncStream<Void> { AsyncStream { nil } }
    func converse<Answer: Sendable>(
        _ command: [String], patience: Double,
        _ body: @escaping @Sendable (any CommandStream) throws(GPUError) -> Answer
    ) async throws(GPUError) -> Answer { throw GPUError(.refused, "nobody to talk with") }
}
