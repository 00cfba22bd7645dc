// Owns the people of an interleaving: what they do with files, as editors, file managers and scripts do it; and the ledger
// of what they saved, by which a loss is proved.
// Never knows a daemon.

import CAISystem
import CAIWorkflow
import FoundationEssentials
import Synchronization
import SystemPackage
import TestSupport

/// People at work in the workspace. May be called while a daemon is in the middle of something.
final class InterleavingPerson: Sendable {
    /// What stands half done.
    enum Unfinished: Sendable {
        /// A program has the file open; this is what it will have written in the end.
        case writing(PowerLossFiles.Writer, inode: UInt64, FilePath, text: String)
        /// An editor holds a text that it read some time ago.
        case editing(FilePath, text: String)
        /// An editor has renamed the file away and has not yet written the new one.
        case renamedAway(FilePath, text: String)
        /// An editor's backup.
        case backup(FilePath)
    }
    struct State: Sendable {
        var random: SeededRandom
        var ledger = InterleavingLedger()
        var unfinished: [Unfinished] = []
        /// `queue/name` of files that came by rename.
        var arrived: Set<String> = []
        /// `queue/name` of what a person put into `in_progress/`.
        var placed: Set<String> = []
        /// Texts that were written into a file that the daemon has put aside, by its name.
        var merging: [String: [String]] = [:]
        var textCount = 0
    }
    let ground: InterleavingGround
    let state: Mutex<State>

    init(_ ground: InterleavingGround, seed: Int) {
        self.ground = ground
        state = Mutex(State(random: SeededRandom(seed &* 0x2545_F491_4F6C_DD1D &+ 17)))
    }

    static let names = ["P0_a.md", "P1_b.md", "P2_c.md", "d.md", "20261004_P1_e.md", "f.md"]
    static let requests = ["r1.md", "r2.md"]

    /// Does something, or goes on with what stands half done.
    func act() {
        state.withLock { state in
            ground.clock.advance(Double(state.random.number(1...40)) / 1000)
            if !state.unfinished.isEmpty, state.random.isTrue(percent: 35) { return goOn(&state) }
            let deed = state.random.pick([
                (30, drop), (24, edit), (18, move), (6, dropRequest), (10, tickBox), (4, editRoadmap),
            ])
            deed?(&state)
        }
    }

    /// Everybody who has a file open writes the rest and closes it: now, or when asked again.
    func finishWriting() {
        state.withLock { state in
            if state.random.isTrue(percent: 40) { return }
            let open = state.unfinished
            state.unfinished.removeAll()
            for entry in open {
                guard case .writing = entry else {
                    state.unfinished.append(entry)
                    continue
                }
                goOn(entry, &state)
            }
        }
    }

    /// Everything that stands half done comes to its end.
    func finishEverything() {
        state.withLock { state in while !state.unfinished.isEmpty { goOn(&state) } }
    }

    // MARK: What people do

    func drop(_ state: inout State) {
        guard var queue = state.random.one(of: InterleavingGround.queues), var name = state.random.one(of: Self.names)
        else { return }
        if state.random.isTrue(percent: 25), let busy = state.random.one(of: taskFiles([.inProgress])) {
            (queue, name) = (busy.lane, busy.name)
        }
        let text = newText(name, header: header(&state), &state)
        let path = ground.path(queue, .pending, name)
        put(text, at: path, &state)
    }

    func dropRequest(_ state: inout State) {
        guard let reviewer = state.random.one(of: InterleavingGround.reviewers),
            let name = state.random.one(of: Self.requests)
        else { return }
        let both = state.random.isTrue(percent: 50)
        let who = both ? "codex, gemini" : reviewer
        let text = newText("Review: \(name)", header: "", &state) + "\n**Assigned Reviewers**: \(who)\n"
        put(text, at: ground.path(Workspace.lane(reviewer: reviewer), .pending, name), &state)
    }

    func edit(_ state: inout State) {
        let files = taskFiles([.pending, .blocked, .inProgress, .pending, .inProgress, .completed])
        guard let file = state.random.one(of: files) else { return }
        let path = ground.path(file.lane, file.state, file.name)
        guard let bytes = try? ground.files.read(path) else { return }
        let text = edited(String(decoding: bytes, as: UTF8.self), &state)
        switch state.random.number(0...9) {
        case 0...3: save(text, at: path, &state)
        case 4...5: replace(text, at: path, &state)
        case 6...7:
            ground.tell("person opens \(path)")
            state.unfinished.append(.editing(path, text: text))
        default:
            let backup = FilePath(path.string + "~")
            removing(backup, &state)
            guard (try? ground.files.rename(path, to: backup, .replace)) != nil else { return }
            ground.tell("person's editor renames \(path) away")
            state.unfinished.append(.renamedAway(path, text: text))
            if state.random.isTrue(percent: 50) { goOn(&state) }
        }
    }

    func move(_ state: inout State) {
        guard let file = state.random.one(of: taskFiles([.inProgress, .inProgress] + TaskState.allCases)),
            let target = state.random.one(of: TaskState.allCases), target != file.state
        else { return }
        let path = ground.path(file.lane, file.state, file.name)
        let to = ground.path(file.lane, target, file.name)
        // As `mv -n` does, or a file manager that asks; sometimes the person says yes.
        let isThere = (try? ground.files.status(to)) != nil
        if isThere, state.random.isTrue(percent: 80) { return }
        removing(to, &state)
        guard (try? ground.files.rename(path, to: to, .replace)) != nil else { return }
        ground.tell("person moves \(path) to \(target.rawValue)\(isThere ? ", over the file there" : "")")
        arrived(at: to, wasThere: isThere, byRename: true, &state)
        if state.random.isTrue(percent: 30) {
            try? ground.files.syncDirectory(to.removingLastComponent())
            try? ground.files.syncDirectory(path.removingLastComponent())
        }
    }

    func tickBox(_ state: inout State) {
        for file in taskFiles([.pending]) {
            let path = ground.path(file.lane, file.state, file.name)
            guard let bytes = try? ground.files.read(path) else { continue }
            let text = String(decoding: bytes, as: UTF8.self)
            guard text.contains("- [ ] Run this task") else { continue }
            ground.tell("person ticks the box in \(path)")
            return replace(
                edited(text.replacing("- [ ] Run this task", with: "- [x] Run this task"), &state), at: path, &state)
        }
        drop(&state)
    }

    /// Saved and synced, so that a power loss may not take ticks back.
    func editRoadmap(_ state: inout State) {
        let path = ground.workspace.roadmap
        guard let bytes = try? ground.files.read(path) else { return }
        replace(edited(String(decoding: bytes, as: UTF8.self), &state), at: path, &state)
        try? ground.files.syncFile(path)
        try? ground.files.syncDirectory(path.removingLastComponent())
    }

    /// What stands at a place is about to be overwritten or removed by the person.
    func overwriting(_ path: FilePath, _ state: inout State) {
        if let bytes = try? ground.files.read(path) { state.ledger.release(bytes) }
        for text in state.merging.removeValue(forKey: Self.name(path)) ?? [] { state.ledger.release(Array(text.utf8)) }
    }

    static func name(_ path: FilePath) -> String {
        path.string.split(separator: "/").last.map(String.init) ?? ""
    }

    /// As above, and the file itself goes: what a program has still to write into it goes with it.
    func removing(_ path: FilePath, _ state: inout State) {
        overwriting(path, &state)
        let inode = try? ground.files.status(path)?.inode
        state.unfinished.removeAll { entry in
            guard case .writing(let writer, inode, _, _) = entry else { return false }
            ground.files.close(writer)
            return true
        }
    }

    /// After a power loss: every program is gone, and what is in progress lies where the disk says.
    func powerLost(_ files: [[UInt8]], inProgress: Set<String>) {
        state.withLock { state in
            state.unfinished.removeAll()
            state.arrived.removeAll()
            state.ledger.powerLost(files)
            state.placed.formUnion(inProgress)
        }
    }

    func takeArrivals() -> Set<String> {
        state.withLock { state in
            defer { state.arrived.removeAll() }
            return state.arrived
        }
    }

    func saved(_ text: String, at path: FilePath, _ state: inout State) {
        state.ledger.save(text, isTicked: path == ground.workspace.roadmap)
        guard state.random.isTrue(percent: 30) else { return }
        try? ground.files.syncFile(path)
        try? ground.files.syncDirectory(path.removingLastComponent())
    }

    func arrived(at path: FilePath, wasThere: Bool, byRename: Bool, _ state: inout State) {
        guard let (lane, folder, name) = place(path) else { return }
        if folder == "pending" {
            if byRename { state.arrived.insert("\(lane)/\(name)") }
            if let bytes = try? ground.files.read(path) { state.ledger.wanted(bytes) }
        }
        if folder == "in_progress", !wasThere { state.placed.insert("\(lane)/\(name)") }
    }

    /// Lane, folder and name of a path.
    func place(_ path: FilePath) -> (lane: String, folder: String, name: String)? {
        let parts = path.string.split(separator: "/").map(String.init)
        guard parts.count == 5 else { return nil }
        return ((parts[1] == "reviews" ? Workspace.lane(reviewer: parts[2]) : parts[2]), parts[3], parts[4])
    }

    func taskFiles(_ states: [TaskState]) -> [(lane: String, state: TaskState, name: String)] {
        InterleavingGround.lanes.flatMap { lane in
            states.flatMap { state in
                ground.names(lane, state).filter { $0.hasSuffix(".md") }.map { (lane, state, $0) }
            }
        }
    }
}
