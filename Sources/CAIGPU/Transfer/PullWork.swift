// Owns the state of a pull that all connections share: what is still to come, what has come, what has failed its proof.
// Never reads from a connection.

import CAISystem
import Synchronization
import SystemPackage

final class PullWork: LaneWork {
    private struct State {
        /// Taken from the end.
        var bunches: [[Piece]]
        var incoming: [Int: IncomingFile] = [:]
        /// Proven, and without its name yet.
        var proven: [Int]
        var unproven: Set<Int>
        var repeated: Set<Int> = []
    }
    let plan: PullPlan
    let remote: FilePath
    let meter: ProgressMeter
    private let state: Mutex<State>

    init(_ plan: PullPlan, from remote: FilePath, meter: ProgressMeter) throws(GPUError) {
        (self.plan, self.remote, self.meter) = (plan, remote, meter)
        let list = plan.wanted.map { (index: $0, file: plan.files[$0]) }
        // Large files first: at the end there should be small things left for everybody.
        let sorted = list.filter { $0.file.bytes > Piece.largest } + list.filter { $0.file.bytes <= Piece.largest }
        state = Mutex(
            State(
                bunches: Piece.bunches(sorted).reversed(), proven: plan.proven, unproven: Set(plan.wanted)))
        for index in plan.wanted where plan.files[index].bytes == 0 {
            // Nothing to ask the pod for.
            try settle(index, incoming(index).finish(Piece(file: index, offset: 0, bytes: 0)))
        }
    }

    var isComplete: Bool { state.withLock { $0.unproven.isEmpty } }
    var hasWork: Bool { state.withLock { !$0.bunches.isEmpty } }
    var advance: Int64 { meter.moved }
    var usefulLanes: Int { state.withLock { ($0.bunches.count + 1) / 2 } }

    func talk(_ channel: AgentChannel) throws(GPUError) { try PullLane(work: self, channel: channel).run() }

    private func partial(_ index: Int) -> FilePath { plan.partials[index] ?? plan.home.path }

    /// The next thing to ask for.
    func next() -> [Piece]? { state.withLock { $0.bunches.popLast() } }

    /// What was asked for on a connection that is gone.
    func giveBack(_ pieces: [Piece]) {
        if !pieces.isEmpty { state.withLock { $0.bunches.append(pieces) } }
    }

    func incoming(_ index: Int) throws(GPUError) -> IncomingFile {
        if let found = state.withLock({ $0.incoming[index] }) { return found }
        let made = try IncomingFile(plan.files[index], at: partial(index), base: plan.bases[index])
        // Two threads may have opened the same partial file; one of them is kept.
        return state.withLock { state in
            let kept = state.incoming[index] ?? made
            state.incoming[index] = kept
            return kept
        }
    }

    /// A file's proof succeeded or failed.
    /// - Throws: `.corrupt` where it failed for the second time.
    func settle(_ index: Int, _ proof: IncomingFile.Proof) throws(GPUError) {
        let file = plan.files[index]
        switch proof {
        case .incomplete: return
        case .right:
            let incoming = state.withLock { $0.incoming.removeValue(forKey: index) }
            if file.bytes > Piece.largest {
                try incoming?.flush()
                try place([index])
                state.withLock { _ = $0.unproven.remove(index) }
            } else {
                state.withLock { state in
                    state.unproven.remove(index)
                    state.proven.append(index)
                }
            }
        case .wrong:
            meter.add(done: -file.bytes)
            let isFirst = state.withLock { $0.repeated.insert(index).inserted }
            guard isFirst, file.bytes > 0 else {
                try? plan.home.files.remove(partial(index))
                throw GPUError(
                    .corrupt, "\(file.name) came with another digest than its manifest says, twice; it was not kept")
            }
            try incoming(index).startOver()
            state.withLock { $0.bunches.append(contentsOf: Piece.of(index, bytes: file.bytes).reversed().map { [$0] }) }
        }
    }

    /// Gives all that is proven its name, after its bytes have reached the disk.
    func commit() throws(GPUError) {
        let proven = state.withLock { state in
            defer { state.proven = [] }
            return state.proven
        }
        if proven.count > 16 {
            // Thousands of small files: one flush of the disks is far cheaper than one of each file.
            try plan.home.flushDisk()
        } else {
            for index in proven {
                guard let open = try HomeFolder.open(partial(index)) else { continue }
                defer { try? open.close() }
                try plan.home.attempt("write \(partial(index))") { try open.flush() }
            }
        }
        try place(proven)
    }

    private func place(_ indices: [Int]) throws(GPUError) {
        var folders: Set<String> = []
        for index in indices {
            let path = plan.home.path(of: plan.files[index].name)
            try plan.home.attempt("write \(path)") {
                try plan.home.files.rename(partial(index), to: path, .replace)
            }
            folders.insert(HomeFolder.folder(of: plan.files[index].name))
        }
        for folder in folders {
            let path = folder.isEmpty ? plan.home.path : plan.home.path(of: folder)
            try plan.home.attempt("write \(path)") { try plan.home.files.syncDirectory(path) }
        }
    }
}
