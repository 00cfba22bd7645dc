// Owns the promise that what editors and synchronisers leave beside a task is neither claimed nor touched.

import Foundation
import Testing

@Suite("Editors' by-products", .serialized)
struct EditorByproductTests {
    private static let names = [
        "4913", ".t.md.swp", ".t.md.swo", "t.md~", "#t.md#", ".#t.md", ".t.md.AbC123", "t.md.tmp", "t.md.part",
        "t.tmp.1234.md",
        ".hidden.md", "t.sync-conflict-20261121-013000-ABCDEFG.md", "t (conflicted copy 2026-11-21).md",
        "t.md.COMPLETED",
        "t.md.orig", "_t.md",
    ]

    @Test("they stay as they are, while a task that comes after them is claimed")
    func stay() async throws {
        let workspace = try await EditorWorkspace()
        for name in Self.names { try Data(WholeText(name).text.utf8).write(to: workspace.pending(name)) }
        // Written in place after them: it settles last.
        let last = WholeText("last.md")
        try Data(last.text.utf8).write(to: workspace.pending("last.md"))
        try await workspace.wait(for: "end of the task") { workspace.names("blocked") == ["last.md"] }
        #expect(try last.fault(in: workspace.caid.text("tasks/gpu/blocked/last.md")) == nil)
        #expect(workspace.names("pending") == Self.names.sorted())
        for name in Self.names {
            #expect(try String(contentsOf: workspace.pending(name), encoding: .utf8) == WholeText(name).text)
        }
        let listed = try workspace.caid.text("status/status.json")
        #expect(!Self.names.contains { listed.contains("\"\($0)\"") })
    }

    @Test(
        "an editor that dies in the middle leaves its swap file, and the task behind it is claimed",
        .enabled(if: isInstalled("vim"), "vim is not installed"))
    func swapFile() async throws {
        let workspace = try await EditorWorkspace()
        try workspace.place("t.md", WholeText.waiting("t.md"))
        let vim = try workspace.shell(
            "exec vim -Nu NONE -es -c 'set swapfile updatecount=1' -c \"0read $S\" -c 'preserve' -c '!kill -9 $PPID' \"$T\"",
            saving: "never saved\n", as: "t.md")
        vim.waitUntilExit()
        #expect(workspace.names("pending") == [".t.md.swp", "t.md"])
        let whole = WholeText("t.md")
        try workspace.place("new", whole.text)
        try FileManager.default.removeItem(at: workspace.pending("t.md"))
        try FileManager.default.moveItem(at: workspace.pending("new"), to: workspace.pending("t.md"))
        try await workspace.wait(for: "end of the task") { workspace.names("blocked") == ["t.md"] }
        #expect(try whole.fault(in: workspace.caid.text("tasks/gpu/blocked/t.md")) == nil)
        #expect(workspace.names("pending") == [".t.md.swp"])
    }
}
