// Owns the proof that no power loss damages a document: old or new, whole, and a person's save never gone.
// Never covers tasks; PowerLossLifecycleTests does.

import CAISystem
import CAIWorkflow
import Synchronization
import SystemPackage
import TestSupport
import Testing

struct PowerLossDocumentTests {
    private static let path: FilePath = "/w/notes.md"

    private func world(_ text: String?, _ renames: RenameDurability) throws -> PowerLossWorld {
        let files = PowerLossFiles(clock: FixedClock(), renames: renames)
        try files.makeDirectory("/w")
        if let text { try files.writeNew(Self.path, bytes: Array(text.utf8)) }
        files.syncAll()
        return PowerLossWorld(files: files)
    }

    /// What the document holds, or nil.
    private static func text(_ view: PowerLossView) -> String? { view.texts[path.string] }

    private func expectSound(
        _ name: String, _ start: PowerLossWorld, losses: Int, life: @escaping (WatchedWorld) throws -> Void,
        faults: @escaping (PowerLossView, Bool) -> [String]
    ) throws {
        let result = try PowerLossSweep(life: life, faults: faults).run(from: start)
        if !result.faults.isEmpty { Issue.record("\(result.summary)") }
        #expect(result.losses >= losses)
        try result.note("power loss: \(name) (\(start.files.renames) renames)")
    }

    @Test(arguments: RenameDurability.allCases)
    func aReplacedFileIsOldOrNew(renames: RenameDurability) throws {
        try expectSound(
            "a file replaced",
            try world("old\n", renames), losses: 4,
            life: { try $0.files.writeAtomically(Self.path, bytes: Array("new\n".utf8)) },
            faults: { view, isAtRest in
                let text = Self.text(view)
                return text == "new\n" || !isAtRest && text == "old\n" ? [] : ["it holds \(text ?? "nothing")"]
            })
    }

    @Test(arguments: RenameDurability.allCases)
    func aNewFileIsMissingOrWhole(renames: RenameDurability) throws {
        try expectSound(
            "a file made",
            try world(nil, renames), losses: 4,
            life: { world in
                do { try world.files.writeNew(Self.path, bytes: Array("new\n".utf8)) } catch Errno.fileExists {}
            },
            faults: { view, isAtRest in
                let text = Self.text(view)
                return text == "new\n" || !isAtRest && text == nil ? [] : ["it holds \(text ?? "nothing")"]
            })
    }

    /// After the call the new text is durable, and the old one is gone for good.
    @Test func whatHasReturnedIsDurable() throws {
        let world = try world("old\n", .separate)
        try world.files.writeAtomically(Self.path, bytes: Array("new\n".utf8))
        try SharedDocument(files: world.files, displaced: "/w/displaced").update(Self.path) {
            $0 + Array("line\n".utf8)
        }
        try world.files.writeNew("/w/other.md", bytes: [])
        for state in world.files.crashStates() {
            #expect(try state.read(Self.path) == Array("new\nline\n".utf8))
            #expect(try state.status("/w/other.md") != nil)
        }
    }

    /// A line is added beside a person whose save, synced, comes between any two steps. When the power goes in the
    /// milliseconds in which that save is displaced and not yet merged, it is found among the displaced files.
    @Test(arguments: 0..<12, RenameDurability.allCases)
    func aSharedDocumentKeepsTheLastSave(moment: Int, renames: RenameDurability) throws {
        let (line, saved) = ("- a line\n", "# Notes, saved\n")
        try expectSound(
            "a line into a shared document beside a save",
            try world("# Notes\n", renames), losses: 3,
            life: { world in
                let steps = Mutex(0)
                let files = StepwiseFiles(files: world.files.files) {
                    world.files.afterChange()
                    let step = steps.withLock { steps in
                        steps += 1
                        return steps
                    }
                    if step == moment, !world.store.events.contains("saved") { save(saved, in: world) }
                }
                let document = SharedDocument(files: files, displaced: "/w/displaced", clock: world.clock)
                // Twice, since a save that falls on the result is a person's word, and the next update adds the line again.
                for _ in 0..<2 {
                    try document.update(Self.path) { bytes in
                        let text = String(decoding: bytes, as: UTF8.self)
                        return text.contains(line) ? bytes : bytes + Array(line.utf8)
                    }
                }
            },
            faults: { view, isAtRest in
                let text = Self.text(view) ?? "nothing"
                var faults: [String] = []
                if isAtRest, text.ranges(of: line).count != 1 { faults.append("the line is not once in \(text)") }
                if !text.hasPrefix("# Notes") { faults.append("the document holds \(text)") }
                if view.events.contains("saved"), !view.texts.contains(where: { $0.value.hasPrefix(saved) }) {
                    faults.append("the save is lost: \(view.texts)")
                }
                return faults
            })
    }

    /// A person saves as careful editors do: beside the file, synced, then renamed over it.
    private func save(_ text: String, in world: WatchedWorld) {
        let files = world.files.files
        #expect(throws: Never.self) {
            try files.createUnsynced("/w/#notes", bytes: Array(text.utf8), mode: .ownerReadWrite)
            try files.syncFile("/w/#notes")
            try files.rename("/w/#notes", to: Self.path, .replace)
            try files.syncDirectory("/w")
            try world.store.remark("person", "saved", at: world.clock.now())
        }
    }

    @Test(arguments: RenameDurability.allCases)
    func theStatusFilesKeepWhatAPersonWroteInThem(renames: RenameDurability) throws {
        let (page, prose) = ("/w/status/QUEUE.md", "# Queue\n\nMy own words.\n")
        let start = PowerLossWorld(files: PowerLossFiles(clock: FixedClock(), renames: renames))
        try start.files.makeDirectories("/w/status")
        try start.files.writeNew(FilePath(page), bytes: Array(prose.utf8))
        start.files.syncAll()
        try expectSound(
            "the status files",
            start, losses: 20,
            life: { world in
                try StatusFiles(workspace: Workspace(root: "/w"), files: world.files).write(StatusFixture.pages())
            },
            faults: { view, isAtRest in
                var faults: [String] = []
                let text = view.texts[page] ?? "nothing"
                if !text.hasPrefix(prose) { faults.append("the prose is lost: \(text)") }
                if text.contains("caid:begin") != text.contains("caid:end") { faults.append("half a block: \(text)") }
                let json = view.texts["/w/status/status.json"]
                if let json, !json.hasSuffix("}\n") { faults.append("half a report: \(json)") }
                let missing = ["PROJECT_STATUS.md", "QUEUE.md", "POD_STATUS.md", "BUDGET.md", "status.json"].filter {
                    view.texts["/w/status/\($0)"].map { $0.contains("P0_a.md") || $0.contains("caid:begin") } != true
                }
                if isAtRest, !missing.isEmpty { faults.append("not written: \(missing)") }
                return faults
            })
    }
}
