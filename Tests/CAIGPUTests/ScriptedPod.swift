// Owns a pod in memory whose worker follows a script: one list of beats an attempt, one beat a look.
// Never waits: each look at the events is the next beat, so a test's time is its own work.

import CAIGPU
import CAISystem
import FoundationEssentials
import Synchronization
import SystemPackage

/// What the worker does next.
enum Beat: Sendable {
    /// The event that opens an attempt; it comes a moment after the lock is held.
    case started
    /// A line of events.jsonl, as it is.
    case line(String)
    /// A complete checkpoint with that step's state, and the word for it.
    case checkpoint(Int, step: Int)
    /// The outputs, complete, and the word for it.
    case done
    /// The outputs, and death before the word.
    case doneSilently
    case failed(String)
    case stopped
    /// Without a word.
    case death
    /// Works on, and never says anything again.
    case silence

    static func steps(_ done: Int) -> Beat {
        .line(#"{"t":\#(1000 + done),"event":"progress","done":\#(done),"total":10,"unit":"steps","phase":"training"}"#)
    }
}

/// Provider, connection, transfer and worker in one; as its own keeper it is always ready.
final class ScriptedPod: Provider, PodConnection, Transfer, PodAccess {
    struct State {
        var files: [String: [UInt8]] = [:]
        var attempts: [[Beat]]
        var beats: [Beat] = []
        var word = "new"
        /// How often `status` still says `running` after the ending's event.
        var lag = 0
        var attempt = 0
        var time = 1000.0
        /// Another one after each loss of the machine.
        var boot = 1
        /// The next so many calls find nobody.
        var outage = 0
        var refusal: GPUError?
        var interrupt: (@Sendable (GPUError) -> Void)?
        /// Does not hear that it should stop.
        var isDeaf = false
        /// What it does when it is asked to stop, before it says so.
        var lastBeats: [Beat] = []
        /// The next so many pulls break.
        var brokenPulls = 0
        var machine = MachineStatus.running
        /// What the keeper was told of work that is there alone: each change.
        var unpulled: [Bool] = []
        var wakes = 0
        /// Its events never end: one more piece of garbage for each look.
        var isFlooding = false
        /// How often its keeper was told that a job speaks.
        var heard = 0
        /// The newest checkpoint on its disk.
        var checkpoint: Int?
        /// Whether the job was left at work.
        var left: Bool?
        /// Everything asked of the worker and of the store, in order.
        var log: [String] = []
    }
    let name = "scripted"
    let hourlyPrice = 3600.0
    let features: ProviderFeatures
    var provider: any Provider { self }
    let workdir = FilePath("/pod")
    let workerCommand = ["python3", "-m", "worker"]
    let state: Mutex<State>
    /// What the job leaves behind, by name.
    let outputs: [String: String]

    init(_ attempts: [[Beat]], outputs: [String: String] = ["results.jsonl": "{}\n"], isRemote: Bool = false) {
        state = Mutex(State(attempts: attempts))
        self.outputs = outputs
        features = ProviderFeatures(stopsMachines: false, bills: false, isRemote: isRemote)
    }

    var log: [String] { state.withLock { $0.log } }
    var starts: Int { state.withLock { $0.attempt } }
    var text: [String: String] { state.withLock { $0.files.mapValues { String(decoding: $0, as: UTF8.self) } } }

    var unpulled: [Bool] { state.withLock { $0.unpulled } }

    /// Another machine in its place, with an empty disk.
    func loseDisk() {
        state.withLock {
            ($0.files, $0.word, $0.checkpoint, $0.beats) = ([:], "new", nil, [])
            ($0.boot, $0.outage) = ($0.boot + 1, 1)
        }
    }

    func machine() async throws(GPUError) -> Machine { Machine(id: "m", status: state.withLock { $0.machine }) }
    func start() async throws(GPUError) {}
    func stop() async throws(GPUError) {}
    func terminate() async throws(GPUError) {}
    func connect(to machine: Machine) async throws(GPUError) -> any PodConnection { self }
    func close() async {}

    // MARK: - The keeper

    func begin(_ use: PodUse, interrupt: @escaping @Sendable (GPUError) -> Void) async throws(GPUError) {
        if let refusal = state.withLock({ $0.refusal }) { throw refusal }
        state.withLock { $0.interrupt = interrupt }
    }
    func end(_ use: PodUse, leaving: Bool) async { state.withLock { $0.left = leaving } }
    func ready(_ progress: @escaping @Sendable (String) -> Void) async throws(GPUError) -> ReadyPod {
        ReadyPod(identity: "boot \(state.withLock { $0.boot })", connection: self, transfer: self)
    }
    func suspect(_ pod: ReadyPod, _ error: GPUError) async { state.withLock { $0.log.append("suspected") } }
    func heard(_ use: PodUse) async { state.withLock { $0.heard += 1 } }
    func unpulled(_ use: PodUse, _ isUnpulled: Bool) async {
        state.withLock { if $0.unpulled.last ?? false != isUnpulled { $0.unpulled.append(isUnpulled) } }
    }

    func run(_ command: [String], deadline: Double) async throws(GPUError) -> CommandResult {
        if let lost = state.withLock({ self.lost(&$0) }) { throw lost }
        let verb = command[3]
        let answer = state.withLock { state -> String in
            if state.log.last != verb { state.log.append(verb) }
            switch verb {
            case "start":
                if state.word != "running", state.word != "done" || !self.said("done", state) { self.start(&state) }
            case "stop" where !state.isDeaf && state.word == "running":
                for beat in state.lastBeats + [.stopped] { self.perform(beat, &state) }
            case "kill": self.perform(.death, &state)
            default: break
            }
            if verb == "status", state.lag > 0 {
                state.lag -= 1
                return "running"
            }
            return state.word
        }
        return CommandResult(status: 0, output: Array(#"{"state":"\#(answer)","pid":null}"#.utf8), errors: [])
    }

    /// Puts the pod into the state in which an earlier life left it.
    func live(_ beats: [Beat]) {
        state.withLock { state in
            state.files["job.json"] = Array("{}".utf8)
            state.word = "running"
            state.attempt += 1
            self.perform(.started, &state)
            for beat in beats { self.perform(beat, &state) }
            state.lag = 0
            state.log = []
        }
    }

    /// Called for every look: the worker's next beat.
    func beat() -> Bool {
        state.withLock { state in
            if state.beats.isEmpty || state.word != "running" { return true }
            let beat = state.beats.removeFirst()
            if case .silence = beat { return false }
            self.perform(beat, &state)
            return true
        }
    }

    private func start(_ state: inout State) {
        if state.word == "done" {
            return say(#""event":"done","outputs_sha256":"\#(digest(state))","seconds":0.0"#, &state)
        }
        state.word = "running"
        state.attempt += 1
        state.beats = [.started] + (state.attempts.isEmpty ? [.death] : state.attempts.removeFirst())
    }

    private func perform(_ beat: Beat, _ state: inout State) {
        switch beat {
        case .started: say(#""event":"started","pid":1,"kind":"train","attempt":\#(state.attempt)"#, &state)
        case .line(let text): append(text + "\n", &state)
        case .checkpoint(let seq, let step):
            let text = "state of step \(step)"
            let manifest =
                #"{"version":1,"job":"j","files":{"adapter":{"sha256":"\#(SHA256.hex(of: text))","bytes":\#(text.utf8.count)}},"facts":{"step":\#(step)}}"#
            let folder = "checkpoints/\(String(String(1_000_000 + seq).dropFirst()))"
            state.files["\(folder)/adapter"] = Array(text.utf8)
            state.files["\(folder)/manifest.json"] = Array(manifest.utf8)
            state.checkpoint = seq
            say(
                #""event":"checkpoint","seq":\#(seq),"step":\#(step),"seconds":0.0,"manifest_sha256":"\#(SHA256.hex(of: manifest))""#,
                &state)
        case .done:
            publish(&state)
            say(#""event":"done","outputs_sha256":"\#(digest(state))","seconds":2.0"#, &state)
            (state.word, state.lag) = ("done", 2)
        case .doneSilently:
            publish(&state)
            state.word = "done"
        case .failed(let why):
            say(#""event":"failed","error":"\#(why)","detail":"Traceback: \#(why)""#, &state)
            (state.word, state.lag) = ("failed", 2)
        case .stopped:
            say(#""event":"stopped","reason":"asked","checkpoint":null"#, &state)
            state.word = "stopped"
        case .death: state.word = "dead"
        case .silence: break
        }
    }

    private func said(_ event: String, _ state: State) -> Bool {
        String(decoding: state.files["events.jsonl"] ?? [], as: UTF8.self).contains(#""event":"\#(event)""#)
    }

    private func say(_ members: String, _ state: inout State) {
        state.time += 1
        append("{\"t\":\(state.time),\(members)}\n", &state)
    }

    private func append(_ text: String, _ state: inout State) { state.files["events.jsonl", default: []] += text.utf8 }

    private func publish(_ state: inout State) {
        var listed: [String] = []
        for (name, text) in outputs.sorted(by: { $0.key < $1.key }) {
            state.files["outputs/\(name)"] = Array(text.utf8)
            listed.append(#""\#(name)":{"sha256":"\#(SHA256.hex(of: text))","bytes":\#(text.utf8.count)}"#)
        }
        let text = #"{"version":1,"job":"j","files":{\#(listed.joined(separator: ","))},"facts":{"steps":10}}"#
        state.files["outputs/manifest.json"] = Array(text.utf8)
    }

    private func digest(_ state: State) -> String { SHA256.hex(of: state.files["outputs/manifest.json"] ?? []) }

    private func key(_ path: FilePath) -> String { String(path.string.dropFirst("/pod/jobs/j/".count)) }

    func read(_ path: FilePath, from offset: Int64, limit: Int) async throws(GPUError) -> [UInt8] {
        state.withLock { state in
            if state.isFlooding, self.key(path) == "events.jsonl" {
                return [UInt8](repeating: 0x7B, count: limit - 1) + [0x0A]
            }
            return Array((state.files[self.key(path)] ?? []).dropFirst(Int(offset)).prefix(limit))
        }
    }

    func changes(of path: FilePath, atLeastEvery seconds: Double) -> AsyncStream<Void> {
        AsyncStream(unfolding: { [self] in
            if Task.isCancelled { return nil }
            if beat() { return () }
            // Until the one who waits is cancelled, or somebody wakes it.
            let slept = state.withLock { $0.wakes }
            while !Task.isCancelled, state.withLock({ $0.wakes }) == slept {
                try? await Task.sleep(for: .milliseconds(5))
            }
            return Task.isCancelled ? nil : ()
        })
    }

    func wake() { state.withLock { $0.wakes += 1 } }

    func makeFolder(_ path: FilePath) async throws(GPUError) {}

    func upload(bytes: [UInt8], to path: FilePath) async {
        state.withLock { state in
            state.files[self.key(path)] = bytes
            state.log.append("upload \(self.key(path))")
        }
    }

    private func lost(_ state: inout State) -> GPUError? {
        guard state.outage > 0 else { return nil }
        state.outage -= 1
        return GPUError(.unreachable, "nobody answers")
    }

    func converse<Answer: Sendable>(
        _ command: [String], patience: Double,
        _ body: @escaping @Sendable (any CommandStream) throws(GPUError) -> Answer
    ) async throws(GPUError) -> Answer {
        throw GPUError(.refused, "a scripted pod has nobody to talk with")
    }

    // MARK: - Transfer

    func pull(
        _ files: [TransferFile], from remote: FilePath, to local: FilePath, bases: [FilePath],
        progress: @escaping @Sendable (TransferProgress) -> Void
    ) async throws(GPUError) -> TransferReport {
        let isBroken = state.withLock { state in
            state.brokenPulls -= 1
            return state.brokenPulls >= 0
        }
        if isBroken { throw GPUError(.unreachable, "the line broke") }
        for file in files {
            let path = remote.appending(FilePath(file.name).components)
            let bytes = state.withLock { $0.files[self.key(path)] ?? [] }
            let found = SHA256.hex(of: bytes)
            guard found == file.sha256 else {
                throw GPUError(.corrupt, "\(file.name) came home with sha256 \(found), not \(file.sha256)")
            }
            let target = local.appending(FilePath(file.name).components)
            do {
                try RealFiles().makeDirectories(target.removingLastComponent())
                try RealFiles().writeAtomically(target, bytes: bytes)
            } catch { throw GPUError(.noSpace, "cannot write \(target)", cause: "\(error)") }
        }
        return TransferReport(moved: 0, total: 0, seconds: 0)
    }

    func push(
        _ files: [TransferFile], from local: FilePath, to remote: FilePath,
        progress: @escaping @Sendable (TransferProgress) -> Void
    ) async throws(GPUError) -> TransferReport {
        for file in files {
            let bytes = (try? RealFiles().read(local.appending(FilePath(file.name).components))) ?? []
            await upload(bytes: bytes, to: remote.appending(FilePath(file.name).components))
        }
        return TransferReport(moved: 0, total: 0, seconds: 0)
    }
}

/// The store writes into the pod's log, so that the order of intents and effects shows.
struct LoggingStore: JobStore {
    let pod: ScriptedPod

    func jobStarts(_ request: JobRequest, pod name: String) throws {
        pod.state.withLock { $0.log.append("intent \(request.id) on \(name)") }
    }

    func jobEnded(_ id: String, state: String, seconds: Double, usd: Double, isMetered: Bool) throws {
        pod.state.withLock { $0.log.append("ended \(state) \(Int(seconds)) s \(Int(usd)) USD") }
    }

    func checkpointCame(_ checkpoint: HomeCheckpoint) throws {
        pod.state.withLock { $0.log.append("checkpoint \(checkpoint.podSeq) at home as \(checkpoint.seq)") }
    }

    func remark(_ use: PodUse, _ message: String) throws {
        pod.state.withLock { $0.log.append("remark \(message)") }
    }
}
