// Owns the tests of what a header's script means in a workspace: files, command, job; and of every way in which it cannot be.

import CAISystem
import CAIWorkflow
import Glibc
import SystemPackage
import TestSupport
import Testing

@testable import CAIDaemon

struct ScriptPlanTests {
    private let folder: TemporaryFolder
    private let workspace: Workspace

    init() throws {
        folder = try TemporaryFolder()
        workspace = Workspace(root: folder.path)
    }

    private func make(_ header: String) -> (plan: ScriptPlan?, problems: [String]) {
        let (document, problems) = TaskDocument.diagnose(
            Array("---\n\(header)\n---\n".utf8), name: "t.md", file: "t.md")
        #expect(problems.isEmpty)
        let (plan, found) = ScriptPlan.make(document, in: workspace)
        return (plan, found.map(\.error.description))
    }

    @Test func theCommandFollowsFromTheFile() throws {
        try folder.write("", to: "scripts/a.py")
        try folder.write("#!/usr/bin/env ruby\n", to: "run")
        try folder.write("echo", to: "b.sh")
        #expect(
            make("script: ./scripts/a.py\nargs: [1, x y]").plan?.command == ["python3", "scripts/a.py", "1", "x y"])
        #expect(make("script: run").plan?.command == ["./run"])
        #expect(make("script: b.sh").plan?.command == ["sh", "b.sh"])
    }

    @Test func foldersMeanAllTheirFilesButHiddenOnes() throws {
        for name in ["s.py", "data/b", "data/a", "data/deep/c", "data/.env", "data/.git/config", "x"] {
            try folder.write(name, to: name)
        }
        #expect(
            make("script: s.py\ninputs: [x, data/, data/a]").plan?.files == [
                "data/a", "data/b", "data/deep/c", "s.py", "x",
            ])
    }

    @Test(arguments: [
        ("script: none.py", "2:9: script: there is no none.py in the workspace"),
        ("script: s.py/x.py", "2:9: script: there is no s.py/x.py in the workspace"),
        ("script: data", "2:9: script: `data` is no file"),
        ("script: text", "2:9: script: nobody knows how to run `text`: let it begin with a line such as"),
        ("script: link.py", "2:9: script: link.py is a link, and links are not followed"),
        ("script: away/s.py", "2:9: script: away is a link, and links are not followed"),
        ("script: .caid/s.py", "2:9: script: `.caid/s.py` is hidden, and such files, which may hold secrets,"),
        ("script: s.py\ninputs: [text, data/.env]", "3:16: inputs: `data/.env` is hidden"),
        ("script: s.py\ninputs: linked/", "3:9: inputs: linked/link is a link"),
        ("script: s.py\ninputs: pipe", "3:9: inputs: pipe is neither a file nor a folder"),
        ("script: s.py\noutputs: [a, manifest.json]", "3:14: outputs: `manifest.json` is the name of"),
    ])
    func whatIsWrongIsNamedAtItsPlace(header: String, words: String) throws {
        for name in ["s.py", "text", "data/.env", "linked/a"] { try folder.write("x", to: name) }
        try makeSymbolicLink(folder["link.py"], to: folder["s.py"])
        try makeSymbolicLink(folder["away"], to: FilePath("/etc"))
        try makeSymbolicLink(folder["linked/link"], to: FilePath("/etc/passwd"))
        #expect(mkfifo(folder["pipe"].string, 0o600) == 0)
        let (plan, problems) = make(header)
        #expect(plan == nil)
        #expect(problems.count == 1 && problems[0].hasPrefix("t.md:\(words)"), "\(problems)")
    }

    @Test func aFolderOfLinksIsNotListedWithoutEnd() throws {
        try folder.write("", to: "s.py")
        try folder.write("", to: "data/x")
        for number in 0..<50 { try makeSymbolicLink(folder["data/\u{1B}[2J\(number)"], to: folder["s.py"]) }
        let problems = make("script: s.py\ninputs: data").problems
        #expect(problems.count == ScriptPlan.mostProblems)
        #expect(!problems.contains { $0.contains("\u{1B}") })
    }

    @Test func onlyWhatAnotherTaskMayMakeIsMissing() throws {
        try folder.write("", to: "s.py")
        try makeSymbolicLink(folder["link"], to: folder["s.py"])
        let text = "---\nscript: s.py\ninputs: [none, link]\nneeds: [a.md]\n---\n"
        let document = TaskDocument.diagnose(Array(text.utf8), name: "t.md", file: "t.md").document
        #expect(ScriptPlan.make(document, in: workspace).problems.map(\.isMissing) == [true, false])
        let path = try folder.write(text, to: "tasks/gpu/pending/t.md")
        let findings = try FileCheck(workspace: workspace).findings(path, shown: "t.md")
        #expect(findings.map(\.severity) == [.note, .error])
    }

    @Test func theJobsIdFollowsFromAllThatDeterminesTheWork() throws {
        try folder.write("a", to: "s.py")
        try folder.write("1", to: "data/x")
        func id(_ header: String, run: String = "run") throws -> String {
            let text = "---\nscript: s.py\n\(header)\n---\n"
            let document = TaskDocument.diagnose(Array(text.utf8), name: "t.md", file: "t.md").document
            let plan = try #require(ScriptPlan.make(document, in: workspace).plan)
            return try ScriptJob(
                plan, document.frontMatter, run: run, workspace: workspace, staging: folder[".caid/staging/run"]
            ).id
        }
        let usual = "inputs: data\noutputs: out"
        let first = try id(usual)
        #expect(try id(usual + "\ntimeout: 2h\nretries: 3") == first, "limits are not the work")
        var others = [
            try id(usual, run: "run-2"), try id(usual + "\nargs: x"), try id(usual + "\nenv: {A: 1}"),
            try id("inputs: data\noutputs: [out, more]"), try id(usual + "\nkeep: k"),
        ]
        try folder.write("2", to: "data/x")
        others.append(try id(usual))
        try folder.write("1", to: "data/x")
        #expect(try id(usual) == first)
        try folder.write("b", to: "s.py")
        others.append(try id(usual))
        #expect(Set(others + [first]).count == 8)
    }

    @Test func whoSavesAnInputAnewDoesNotChangeWhatIsSent() throws {
        try folder.write("", to: "s.py")
        try folder.write("old", to: "x")
        let text = "---\nscript: s.py\ninputs: x\n---\n"
        let document = TaskDocument.diagnose(Array(text.utf8), name: "t.md", file: "t.md").document
        let plan = try #require(ScriptPlan.make(document, in: workspace).plan)
        let job = try ScriptJob(
            plan, document.frontMatter, run: "run", workspace: workspace, staging: folder[".caid/staging/run"])
        try folder.write("new", to: "x")
        let request = try job.request(run: "run", checkpointEvery: 60)
        let source = try #require(request.inputs.first { $0.name == "x" }?.source)
        #expect(try SHA256.hex(ofFile: source) == SHA256.hex(of: "old"))
        #expect(job.inputs["x"]?.sha256 == SHA256.hex(of: "old"))
    }
}
