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

    private func drop(_ state: inout State) {
        guard var queue = state.random.one(of: InterleavingGround.queues), var name = state.random.one(of: Self.names)
        else { return }
        if state.random.isTrue(percent: 25), let busy = state.random.one(of: taskFiles([.inProgress])) {
            (queue, name) = (busy.lane, busy.name)
        }
        let text = newText(name, header: header(&state), &state)
        let path = ground.path(queue, .pending, name)
        put(text, at: path, &state)
    }

    private func dropRequest(_ state: inout State) {
        guard let reviewer = state.random.one(of: InterleavingGround.reviewers),
            let name = state.random.one(of: Self.requests)
        else { return }
        let both = state.random.isTrue(percent: 50)
        let who = both ? "codex, gemini" : reviewer
        let text = newText("Review: \(name)", header: "", &state) + "\n**Assigned Reviewers**: \(who)\n"
        put(text, at: ground.path(Workspace.lane(reviewer: reviewer), .pending, name), &state)
    }

    private func edit(_ state: inout State) {
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

    private func move(_ state: inout State) {
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

    private func tickBox(_ state: inout State) {
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
    private func editRoadmap(_ state: inout State) {
        let path = ground.workspace.roadmap
        guard let bytes = try? ground.files.read(path) else { return }
        replace(edited(String(decoding: bytes, as: UTF8.self), &state), at: path, &state)
        try? ground.files.syncFile(path)
        try? ground.files.syncDirectory(path.removingLastComponent())
    }

    // MARK: How they do it

    private func put(_ text: String, at path: FilePath, _ state: inout State) {
        switch state.random.number(0...9) {
        case 0...4: replace(text, at: path, &state)
        case 5...6: save(text, at: path, &state)
        default:
            // In place, in two writes with time in between.
            overwriting(path, &state)
            let half = String(text.prefix(text.count / 2))
            guard (try? ground.files.overwrite(path, Array(half.utf8))) != nil,
                let writer = try? ground.files.open(path),
                let inode = try? ground.files.status(path)?.inode
            else { return }
            ground.tell("person begins to write \(path)")
            arrived(at: path, wasThere: false, byRename: false, &state)
            state.unfinished.append(.writing(writer, inode: inode, path, text: text))
        }
    }

    /// In place, as simple editors and the shell do.
    private func save(_ text: String, at path: FilePath, _ state: inout State) {
        let wasThere = (try? ground.files.status(path)) != nil
        overwriting(path, &state)
        guard (try? ground.files.overwrite(path, Array(text.utf8))) != nil else { return }
        ground.tell("person saves \(path) in place: \(InterleavingLedger.label(text))")
        arrived(at: path, wasThere: wasThere, byRename: false, &state)
        saved(text, at: path, &state)
    }

    /// Written elsewhere and renamed over the name.
    private func replace(_ text: String, at path: FilePath, _ state: inout State) {
        state.textCount += 1
        let new = FilePath("/w/inbox/\(state.textCount)")
        let wasThere = (try? ground.files.status(path)) != nil
        guard (try? ground.files.overwrite(new, Array(text.utf8))) != nil else { return }
        removing(path, &state)
        guard (try? ground.files.rename(new, to: path, .replace)) != nil else { return }
        ground.tell("person renames a file to \(path): \(InterleavingLedger.label(text))")
        arrived(at: path, wasThere: wasThere, byRename: true, &state)
        saved(text, at: path, &state)
    }

    private func goOn(_ state: inout State) {
        guard !state.unfinished.isEmpty else { return }
        goOn(state.unfinished.remove(at: state.random.number(0...(state.unfinished.count - 1))), &state)
    }

    private func goOn(_ entry: Unfinished, _ state: inout State) {
        switch entry {
        case .writing(let writer, let inode, let path, let text):
            ground.tell("person ends writing what was \(path): \(InterleavingLedger.label(text))")
            for (place, entry) in ground.files.entries() where entry.inode == inode {
                state.ledger.release(entry.bytes)
                // The daemon is about to merge it; who saves a file of that name meanwhile overwrites it.
                if place.hasPrefix("/w/.caid/displaced/") { state.merging[Self.name(path), default: []].append(text) }
            }
            ground.files.write(writer, Array(text.utf8))
            ground.files.close(writer)
            state.ledger.save(text)
        case .editing(let path, let text): save(text, at: path, &state)
        case .renamedAway(let path, let text):
            save(text, at: path, &state)
            state.unfinished.append(.backup(FilePath(path.string + "~")))
        case .backup(let path):
            removing(path, &state)
            ground.tell("person's editor removes \(path)")
            try? ground.files.remove(path)
        }
    }

    // MARK: The ledger

    /// What stands at a place is about to be overwritten or removed by the person.
    private func overwriting(_ path: FilePath, _ state: inout State) {
        if let bytes = try? ground.files.read(path) { state.ledger.release(bytes) }
        for text in state.merging.removeValue(forKey: Self.name(path)) ?? [] { state.ledger.release(Array(text.utf8)) }
    }

    private static func name(_ path: FilePath) -> String {
        path.string.split(separator: "/").last.map(String.init) ?? ""
    }

    /// As above, and the file itself goes: what a program has still to write into it goes with it.
    private func removing(_ path: FilePath, _ state: inout State) {
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

    private func saved(_ text: String, at path: FilePath, _ state: inout State) {
        state.ledger.save(text, isTicked: path == ground.workspace.roadmap)
        guard state.random.isTrue(percent: 30) else { return }
        try? ground.files.syncFile(path)
        try? ground.files.syncDirectory(path.removingLastComponent())
    }

    private func arrived(at path: FilePath, wasThere: Bool, byRename: Bool, _ state: inout State) {
        guard let (lane, folder, name) = place(path) else { return }
        if folder == "pending" {
            if byRename { state.arrived.insert("\(lane)/\(name)") }
            if let bytes = try? ground.files.read(path) { state.ledger.wanted(bytes) }
        }
        if folder == "in_progress", !wasThere { state.placed.insert("\(lane)/\(name)") }
    }

    /// Lane, folder and name of a path.
    private func place(_ path: FilePath) -> (lane: String, folder: String, name: String)? {
        let parts = path.string.split(separator: "/").map(String.init)
        guard parts.count == 5 else { return nil }
        return ((parts[1] == "reviews" ? Workspace.lane(reviewer: parts[2]) : parts[2]), parts[3], parts[4])
    }

    private func taskFiles(_ states: [TaskState]) -> [(lane: String, state: TaskState, name: String)] {
        InterleavingGround.lanes.flatMap { lane in
            states.flatMap { state in
                ground.names(lane, state).filter { $0.hasSuffix(".md") }.map { (lane, state, $0) }
            }
        }
    }

    // MARK: Texts

    private func newText(_ title: String, header: String, _ state: inout State) -> String {
        (header.isEmpty ? "" : "---\n\(header)---\n")
            + "# Task: \(title)\n\n\(state.ledger.nextMark())\nWords of a person\n"
    }

    /// The text with a new mark in the place of the old one.
    private func edited(_ text: String, _ state: inout State) -> String {
        let mark = state.ledger.nextMark()
        var lines = text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
        if let index = lines.firstIndex(where: { $0.hasPrefix(InterleavingLedger.prefix) }) {
            lines[index] = mark
        } else {
            lines.append(mark)
        }
        return lines.joined(separator: "\n")
    }

    private func header(_ state: inout State) -> String {
        var lines: [String] = []
        let names = Self.names
        func other(_ random: inout SeededRandom) -> String {
            random.one(of: names + ["missing.md", "agents/d.md"]) ?? ""
        }
        if state.random.isTrue(percent: 20) {
            let needs = (0..<state.random.number(1...2)).map { _ in other(&state.random) }
            lines.append("needs: [\(needs.joined(separator: ", "))]")
        }
        if state.random.isTrue(percent: 12) {
            let seconds = Double(state.random.number(-3600...10_000))
            lines.append("not_before: \((ground.clock.now() + seconds).instantText)")
        }
        if state.random.isTrue(percent: 15) { lines.append("requires_approval: true") }
        if state.random.isTrue(percent: 30) { lines.append("retries: \(state.random.number(0...2))") }
        if state.random.isTrue(percent: 8) { lines.append("needs_review: r\(state.random.number(1...2)).md") }
        if state.random.isTrue(percent: 25) {
            lines.append("roadmap: [\"Baseline / Item \(state.random.number(0...3))\"]")
        }
        if state.random.isTrue(percent: 20) { lines.append("pipeline: m0") }
        if state.random.isTrue(percent: 6) {
            lines.append(state.random.isTrue(percent: 50) ? "retries: many" : "needs: {")
        }
        return lines.map { $0 + "\n" }.joined()
    }
}
