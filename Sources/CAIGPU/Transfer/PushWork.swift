// Owns the state of a push that all connections share: what the pod has, what still has to go, what waits for its proof.
// Never writes to a connection.

import CAISystem
import Glibc
import Synchronization
import SystemPackage

final class PushWork: LaneWork {
    /// What a survey says of a file.
    enum Standing: Int64 { case absent = 0, there, older }

    enum Step {
        case send(Piece)
        /// All pieces are there: the whole has to be proven.
        case prove(Int)
    }

    private enum Survey { case needed, underWay, done }

    private struct State {
        var survey = Survey.needed
        var standings: [Standing] = []
        /// Taken from the end.
        var steps: [Step] = []
        /// Pieces that the pod has not confirmed yet, by file.
        var missing: [Int: Int] = [:]
        /// Files without their name on the pod.
        var open: Set<Int>
        var repeated: Set<Int> = []
    }
    let files: [TransferFile]
    let home: HomeFolder
    let remote: FilePath
    let meter: ProgressMeter
    private let state: Mutex<State>

    init(_ files: [TransferFile], from home: HomeFolder, to remote: FilePath, meter: ProgressMeter) {
        (self.files, self.home, self.remote, self.meter) = (files, home, remote, meter)
        state = Mutex(State(open: Set(files.indices)))
    }

    var isComplete: Bool { state.withLock { $0.open.isEmpty } }
    var hasWork: Bool { state.withLock { $0.survey == .done ? !$0.steps.isEmpty : !$0.open.isEmpty } }
    var advance: Int64 { meter.moved }
    var usefulLanes: Int {
        let bytes = files.reduce(Int64(0)) { $0 + $1.bytes }
        return Int(bytes / Piece.largest / 2) + files.count / 500
    }

    func talk(_ channel: AgentChannel) throws(GPUError) {
        try channel.hello(remote, create: true)
        try survey(channel)
        try PushLane(work: self, channel: channel).run()
    }

    // MARK: what the pod has

    /// Asks the pod once; the other connections wait for the one that asks.
    private func survey(_ channel: AgentChannel) throws(GPUError) {
        while true {
            let standing = state.withLock { state -> Survey in
                defer { if state.survey == .needed { state.survey = .underWay } }
                return state.survey
            }
            switch standing {
            case .done: return
            case .underWay: try aMoment()
            case .needed:
                do throws(GPUError) { try ask(channel) } catch {
                    state.withLock { $0.survey = .needed }
                    throw error
                }
            }
        }
    }

    private func ask(_ channel: AgentChannel) throws(GPUError) {
        var standings: [Standing] = []
        var (needed, there, free) = (Int64(0), Int64(0), Int64.max)
        var asked: [ArraySlice<TransferFile>] = []
        var rest = files[...]
        while !rest.isEmpty || !asked.isEmpty {
            // Ahead, so that a far pod is not waited for again and again; never so much that its answers would fill a pipe.
            while asked.count < 8, !rest.isEmpty {
                let part = rest.prefix(500)
                rest = rest.dropFirst(part.count)
                asked.append(part)
                var body = FrameBody()
                for file in part { body.add(file) }
                try channel.send(.survey, body.bytes)
            }
            var fields: FrameFields
            switch try channel.reply() {
            case .success(let answer): fields = FrameFields(answer)
            case .failure(let refusal): throw refusal.error("the pod cannot look at \(remote)")
            }
            guard let room = fields.number(bytes: 8) else { throw channel.malformed("a survey without room") }
            free = room
            for file in asked.removeFirst() {
                guard let letter = fields.number(bytes: 1), let standing = Standing(rawValue: letter),
                    let allocated = fields.number(bytes: 8)
                else { throw channel.malformed("a survey of too few files") }
                standings.append(standing)
                if standing == .there { there += file.bytes } else { needed += max(0, file.bytes - allocated) }
            }
        }
        guard needed <= free else { throw noSpace("the pod's folder \(remote)", needed: needed, free: free) }
        plan(standings)
        meter.add(done: there)
    }

    private func plan(_ standings: [Standing]) {
        let wanted = files.indices.filter { standings[$0] != .there }
        let sorted =
            wanted.filter { files[$0].bytes > Piece.largest } + wanted.filter { files[$0].bytes <= Piece.largest }
        state.withLock { state in
            state.survey = .done
            state.standings = standings
            state.open = Set(wanted)
            for index in sorted.reversed() { add(index, to: &state) }
        }
    }

    private func add(_ index: Int, to state: inout State) {
        // An empty file is one piece too: somebody has to make it.
        let pieces =
            files[index].bytes == 0
            ? [Piece(file: index, offset: 0, bytes: 0)] : Piece.of(index, bytes: files[index].bytes)
        state.missing[index] = pieces.count
        state.steps += pieces.reversed().map(Step.send)
    }

    private func aMoment() throws(GPUError) {
        if Task.isCancelled { throw GPUError(.stopped, "the transfer was stopped") }
        usleep(10_000)
    }

    // MARK: what the connections do

    func next() -> Step? { state.withLock { $0.steps.popLast() } }

    func giveBack(_ step: Step) {
        state.withLock { state in
            if case .send(let piece) = step { state.standings[piece.file] = .older }
            state.steps.append(step)
        }
    }

    /// Whether the pod may have something of a file that is worth comparing.
    func isWorthComparing(_ piece: Piece) -> Bool {
        // For less than a few blocks asking costs more than sending.
        piece.bytes > 1 << 16 && state.withLock { $0.standings[piece.file] == .older }
    }

    /// The pod has written a piece.
    /// - Returns: whether its file is now complete.
    func confirm(_ piece: Piece) -> Bool {
        state.withLock { state in
            let left = (state.missing[piece.file] ?? 1) - 1
            state.missing[piece.file] = left
            return left == 0
        }
    }

    /// These have their names.
    func placed(_ indices: [Int]) { state.withLock { $0.open.subtract(indices) } }

    /// The pod cannot vouch for a file: all of it goes again, once.
    func repeatAll(_ index: Int, _ refusal: Refusal) throws(GPUError) {
        meter.add(done: -files[index].bytes)
        let isFirst = state.withLock { state in
            let isFirst = state.repeated.insert(index).inserted
            if isFirst {
                state.standings[index] = .absent
                add(index, to: &state)
            }
            return isFirst
        }
        guard isFirst else {
            throw refusal.error(
                "\(files[index].name) does not have the digest its manifest says, or did not arrive with it, twice")
        }
    }

    /// The file at home, of the size it should have.
    func open(_ index: Int) throws(GPUError) -> FileDescriptor {
        let file = files[index]
        guard let open = try home.open(file.name) else {
            throw GPUError(.corrupt, "\(home.path(of: file.name)) is not there, or is no regular file")
        }
        let size = (try? open.facts().st_size).map(Int64.init)
        guard size == file.bytes else {
            try? open.close()
            throw GPUError(
                .corrupt, "\(home.path(of: file.name)) has \(size ?? 0) bytes and should have \(file.bytes)")
        }
        return open
    }
}

extension FrameBody {
    /// A file as the agent knows it: name, size, digest.
    mutating func add(_ file: TransferFile) {
        add(name: file.name)
        add(file.bytes, bytes: 8)
        let digits = Array(file.sha256.utf8)
        add(
            stride(from: 0, to: digits.count, by: 2).map {
                UInt8(String(decoding: digits[$0..<$0 + 2], as: UTF8.self), radix: 16) ?? 0
            })
    }
}
