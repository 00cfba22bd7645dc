// Owns the promise that no half-written file is ever claimed, with real programs as they save, copy and move.
// Never waits for a moment: a file is judged by what the daemon wrote into it.

import Foundation
import Testing

/// One way in which a file comes into `pending/`.
struct Saver: Sendable, CustomTestStringConvertible {
    var name: String
    /// The program that must be there.
    var needs: String
    /// See `EditorWorkspace.shell`.
    var script: String
    /// Whether a waiting task of that name is there before.
    var savesOver: Bool

    init(_ name: String, needs: String = "sh", over savesOver: Bool = false, _ script: String) {
        (self.name, self.needs, self.script, self.savesOver) = (name, needs, script, savesOver)
    }

    var testDescription: String { name }
    var file: String { name.map { $0.isLetter || $0.isNumber ? String($0) : "-" }.joined() + ".md" }

    private static func vim(_ settings: String) -> String {
        "vim -Nu NONE -es -c 'set \(settings)' -c \"%!cat $S\" -c 'w' -c 'w!' -c 'q' \"$T\""
    }

    static let all = [
        Saver("vim", needs: "vim", over: true, vim("swapfile")),
        Saver("vim backupcopy=no", needs: "vim", over: true, vim("backup backupcopy=no")),
        Saver("vim backupcopy=yes", needs: "vim", over: true, vim("backup backupcopy=yes")),
        Saver("vim backupcopy=auto", needs: "vim", over: true, vim("nobackup writebackup backupcopy=auto")),
        Saver("ed", needs: "ed", over: true, "printf '%s\\n' '1,$d' \"r $S\" w q | ed -s \"$T\""),
        Saver("sed -i", needs: "sed", over: true, "sed -i -e \"1r $S\" -e d \"$T\""),
        Saver("temporary and rename", "cp \"$S\" \"$D/.new\"; mv \"$D/.new\" \"$T\""),
        Saver("temporary and rename over", over: true, "cp \"$S\" \"$T.tmp\"; mv \"$T.tmp\" \"$T\""),
        Saver("truncated and written", over: true, "cat \"$S\" > \"$T\""),
        Saver("in pieces", "dd if=\"$S\" of=\"$T\" bs=16 status=none"),
        Saver(
            "in pieces without truncation", over: true,
            "exec 3>>\"$T\"; dd if=\"$S\" of=\"$T\" bs=16 conv=notrunc status=none; truncate -r \"$S\" \"$T\""),
        Saver("rsync", needs: "rsync", "rsync \"$S\" \"$T\""),
        Saver("rsync -a over", needs: "rsync", over: true, "rsync -a --ignore-times \"$S\" \"$T\""),
        Saver(
            "rsync --inplace", needs: "rsync", over: true,
            "rsync --inplace --no-whole-file --ignore-times \"$S\" \"$T\""),
        Saver("rsync slowly", needs: "rsync", "rsync --inplace --bwlimit=1 \"$S\" \"$T\""),
        Saver("cp", "cp \"$S\" \"$T\""),
        Saver("cp -p", "cp -p \"$S\" \"$T\""),
        Saver("mv", "mv \"$S\" \"$T\""),
        Saver("mv from another file system", "cp \"$S\" \"$X/file\"; mv \"$X/file\" \"$T\""),
        Saver("link", "ln \"$S\" \"$T\""),
        Saver("install", "install -m 0640 \"$S\" \"$T\""),
        // The next ones keep the file open while they pause, for longer than it takes to settle.
        Saver(
            "a line now and then",
            "{ head -n 12 \"$S\" | while IFS= read -r line; do echo \"$line\"; sleep 0.3; done; tail -n +13 \"$S\"; } > \"$T\""
        ),
        Saver("a long pause", "{ head -c 99 \"$S\"; sleep 2.5; tail -c +100 \"$S\"; } > \"$T\""),
        Saver("a long pause over", over: true, "{ head -c 99 \"$S\"; sleep 2.5; tail -c +100 \"$S\"; } > \"$T\""),
        Saver(
            "renamed and still written",
            "{ head -c 99 \"$S\"; mv \"$W/open\" \"$T\"; sleep 2.5; tail -c +100 \"$S\"; } > \"$W/open\""),
        Saver(
            "renamed then written anew", over: true,
            "cp \"$T\" \"$W/early\"; mv \"$W/early\" \"$T\"; { head -c 99 \"$S\"; sleep 2.5; tail -c +100 \"$S\"; } > \"$T\""
        ),
    ]
}

@Suite("Editors and copiers", .serialized)
struct EditorSaveTests {
    /// All at the same time in one folder, as it may well be.
    @Test("whatever program saves a task, it is claimed once, and whole")
    func savers() async throws {
        let missing = Set(Saver.all.map(\.needs)).filter { !isInstalled($0) }
        for program in missing.sorted() { print("skipped: the savers that need \(program), which is not installed") }
        let savers = Saver.all.filter { !missing.contains($0.needs) }
        let workspace = try await EditorWorkspace()
        for saver in savers where saver.savesOver { try workspace.place(saver.file, WholeText.waiting(saver.file)) }
        let running = try savers.map {
            try workspace.shell($0.script, saving: WholeText($0.file).text, as: $0.file)
        }
        for (saver, process) in zip(savers, running) {
            process.waitUntilExit()
            #expect(process.terminationStatus == 0, "\(saver.name)")
        }
        let files = savers.map(\.file)
        try await workspace.wait(for: "end of all tasks") {
            Set(files).isSubset(of: workspace.names("blocked")) && workspace.names("in_progress").isEmpty
        }
        for saver in savers {
            let result = try workspace.caid.text("tasks/gpu/blocked/\(saver.file)")
            let fault = WholeText(saver.file).fault(in: result)
            #expect(fault == nil, "\(saver.name): \(fault ?? "")")
        }
        #expect(workspace.names("blocked") == files.sorted())
        #expect(workspace.names("pending").allSatisfy { $0.hasSuffix("~") }, "vim's backups, and nothing else")
    }
}
