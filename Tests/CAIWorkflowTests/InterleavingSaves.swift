// Owns the ways in which programs of people save a file, and the texts they save.
// Never chooses a file.

import CAISystem
import CAIWorkflow
import FoundationEssentials
import SystemPackage

extension InterleavingPerson {
    func put(_ text: String, at path: FilePath, _ state: inout State) {
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
    func save(_ text: String, at path: FilePath, _ state: inout State) {
        let wasThere = (try? ground.files.status(path)) != nil
        overwriting(path, &state)
        guard (try? ground.files.overwrite(path, Array(text.utf8))) != nil else { return }
        ground.tell("person saves \(path) in place: \(InterleavingLedger.label(text))")
        arrived(at: path, wasThere: wasThere, byRename: false, &state)
        saved(text, at: path, &state)
    }

    /// Written elsewhere and renamed over the name.
    func replace(_ text: String, at path: FilePath, _ state: inout State) {
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

    func goOn(_ state: inout State) {
        guard !state.unfinished.isEmpty else { return }
        goOn(state.unfinished.remove(at: state.random.number(0...(state.unfinished.count - 1))), &state)
    }

    func goOn(_ entry: Unfinished, _ state: inout State) {
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

    func newText(_ title: String, header: String, _ state: inout State) -> String {
        (header.isEmpty ? "" : "---\n\(header)---\n")
            + "# Task: \(title)\n\n\(state.ledger.nextMark())\nWords of a person\n"
    }

    /// The text with a new mark in the place of the old one.
    func edited(_ text: String, _ state: inout State) -> String {
        let mark = state.ledger.nextMark()
        var lines = text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
        if let index = lines.firstIndex(where: { $0.hasPrefix(InterleavingLedger.prefix) }) {
            lines[index] = mark
        } else {
            lines.append(mark)
        }
        return lines.joined(separator: "\n")
    }

    func header(_ state: inout State) -> String {
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
