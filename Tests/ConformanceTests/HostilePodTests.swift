// Owns the proof that a pod which lies cannot write outside of its folder here, exhaust our memory, or keep us for ever: its worker
// is a program of this file, everything else is the product's own, over a real connection.
// Never asserts which lie is found first, only that none succeeds and that somebody is told.

import CAISystem
import SystemPackage
import TestSupport
import Testing

@testable import CAIGPU

/// One after another: each has a machine of its own.
@Suite(.serialized) struct HostilePodTests {
    /// Lies as its job's arguments say: `status`, `events` and `manifest` are texts; `files` and `links` lie in the outputs.
    private static let liar = """
        import hashlib, json, os, sys
        verb, folder = sys.argv[1], sys.argv[2]
        lie = json.load(open(folder + "/job.json"))["arguments"]
        outputs = folder + "/outputs"
        if verb == "start":
            os.makedirs(outputs, exist_ok=True)
            for name, text in lie.get("files", {}).items():
                os.makedirs(os.path.dirname(outputs + "/" + name), exist_ok=True)
                open(outputs + "/" + name, "w").write(text)
            for name, target in lie.get("links", {}).items():
                os.symlink(target, outputs + "/" + name)
            manifest = lie.get("manifest", "").encode() or b"x" * lie.get("manifest_bytes", 0)
            open(outputs + "/manifest.json", "wb").write(manifest)
            with open(folder + "/events.jsonl", "w") as events:
                events.write('{"t": 1, "event": "started", "attempt": 1}\\n' + lie.get("events", ""))
                events.write("x" * lie.get("event_bytes", 0) + "\\n")
                events.write(json.dumps({"t": 2, "event": "done", "outputs_sha256": hashlib.sha256(manifest).hexdigest(),
                                         "seconds": 1}) + "\\n")
        while "endless" in lie and verb == "status" and os.path.exists(outputs):
            os.write(1, b"x" * 65536)
        print(lie.get("status") or json.dumps({"state": "done" if os.path.exists(outputs) else "new"}))

        """

    private static func entry(_ name: String, _ text: String, bytes: Int? = nil) -> String {
        #""\#(name)":{"sha256":"\#(SHA256.hex(of: text))","bytes":\#(bytes ?? text.utf8.count)}"#
    }

    private static func manifest(_ entries: String..., job: String = "j0b") -> JSONValue {
        .string(#"{"version":1,"job":"\#(job)","files":{\#(entries.joined(separator: ","))},"facts":{}}"#)
    }

    /// What a liar is told to do, with the word for it.
    private static let lies: [(String, [String: JSONValue])] = [
        ("a name above its folder", ["manifest": manifest(entry("../outside", "x")), "files": ["../outside": "x"]]),
        ("an absolute name", ["manifest": manifest(entry("/tmp/caid-test-outside", "x"))]),
        ("a way round", ["manifest": manifest(entry("a/../../outside", "x"))]),
        ("an empty name", ["manifest": manifest(entry("", "x"))]),
        ("another size", ["manifest": manifest(entry("a", "xyz", bytes: 5)), "files": ["a": "xyz"]]),
        ("a size below nothing", ["manifest": manifest(entry("a", "x", bytes: -1)), "files": ["a": "x"]]),
        ("a size beyond all disks", ["manifest": manifest(entry("a", "x", bytes: .max)), "files": ["a": "x"]]),
        ("another content", ["manifest": manifest(entry("a", "x")), "files": ["a": "y"]]),
        ("a file as a folder", ["manifest": manifest(entry("a", "x"), entry("a/b", "x")), "files": ["a": "x"]]),
        ("another job's", ["manifest": manifest(entry("a", "x"), job: "other"), "files": ["a": "x"]]),
        ("a link to a file", ["manifest": manifest(entry("passwd", "x")), "links": ["passwd": "/etc/passwd"]]),
        ("a link to a folder", ["manifest": manifest(entry("etc/hostname", "x")), "links": ["etc": "/etc"]]),
        ("no manifest", ["manifest": "[[[[{}"]),
        ("a deep one", ["manifest": .string(String(repeating: "[", count: 200_000))]),
        ("far too large a one", ["manifest_bytes": .int(40 << 20)]),
        ("endless talk", ["endless": true]),
    ]

    @Test func noLieAboutTheOutputsSucceeds() async throws {
        try await GroundKind.ssh.show(worker: Self.lying()) { ground in
            let kept = KeptPod(ground)
            let before = try Self.names(ground.folder)
            for (what, lie) in Self.lies {
                let error = await Self.outcome(kept, lie)
                #expect(
                    error?.code == .corrupt || error?.code == .refused || error?.code == .noSpace,
                    "\(what): \(error?.description ?? "no error")")
                #expect(error?.message.isEmpty == false)
                try RealFiles().removeTree(ground.workdir.appending("jobs"))
                try RealFiles().removeTree(ground.folder["home"])
                #expect(try Self.names(ground.folder) == before, "\(what)")
            }
            #expect(try RealFiles().status("/tmp/caid-test-outside") == nil)
        }
    }

    @Test func oddEventsArePassedOver() async throws {
        try await GroundKind.ssh.show(worker: Self.lying()) { ground in
            let kept = KeptPod(ground)
            let odd =
                [
                    "not json", "[]", "null", "{}", String(repeating: "[", count: 100_000),
                    #"{"t": 1e308, "event": "progress"}"#,
                    #"{"t": 1, "event": "progress", "done": 1e308, "total": -1e308, "unit": "steps", "eta_s": 1e300}"#,
                    #"{"t": 1, "event": "checkpoint", "seq": 9223372036854775807, "manifest_sha256": "../../../x"}"#,
                    #"{"t": 1, "event": "checkpoint", "seq": -5}"#,
                    #"{"t": -1e300, "event": "started", "attempt": -1}"#,
                    #"{"t": 1, "event": "log", "level": "warning", "message": "\u001b[2J\u202e"}"#,
                    "\u{0}\u{1}\u{FFFD}",
                ].joined(separator: "\n") + "\n"
            let memory = try Self.memory()
            let error = await Self.outcome(
                kept,
                [
                    "manifest": Self.manifest(Self.entry("a", "x")), "files": ["a": "x"], "events": .string(odd),
                    "event_bytes": .int(6 << 20),
                ])
            #expect(error == nil)
            #expect(try ground.folder.text("home/a") == "x")
            #expect(try Self.memory() - memory < 100 << 20)
            #expect(!kept.journal.lines.joined().unicodeScalars.contains { $0.value == 0x1B || $0.value == 0x202E })
        }
    }

    /// As a checkpoint may be, too: more names than a manifest may be long.
    @Test func aCheckpointOfTenMillionFilesIsNotTaken() async throws {
        try await GroundKind.ssh.show { ground in
            let connection = try await ground.furnished()
            let folder = ground.workdir.appending("jobs").appending("j0b").appending("checkpoints").appending("000001")
            try await connection.makeFolder(folder)
            let script = """
                import sys
                with open(sys.argv[1] + "/manifest.json", "w") as file:
                    file.write('{"version":1,"job":"j0b","facts":{},"files":{')
                    for number in range(250_000):
                        file.write('"%07d":{"sha256":"%s","bytes":0},' % (number, "0" * 64))
                    # The rest of them without the disk that they would take.
                    file.truncate(10_000_000 * 92)
                """
            let made = try await connection.run(
                ["/usr/bin/env", "python3", "-c", script, folder.string], deadline: 300)
            try #require(made.status == 0)
            let memory = try Self.memory()
            let home = HomeCheckpoints(root: ground.folder["checkpoints"])
            let pod = ReadyPod(
                identity: "p", connection: connection, transfer: ground.transfer(to: try await ground.machine()))
            let error = await #expect(throws: GPUError.self) {
                try await home.pull(
                    PodUse(task: "run", step: "s", job: "j0b"), podSeq: 1, from: folder, promised: nil, over: pod
                ) { _ in }
            }
            #expect(error?.code == .corrupt)
            #expect(try Self.memory() - memory < 200 << 20)
            await connection.close()
        }
    }

    private static func lying() throws -> WorkerBundle {
        let honest = try Product.worker()
        var files = honest.files
        files["caid_worker/__main__.py"] = liar
        return WorkerBundle(files: files, unpacker: honest.unpacker, environment: honest.environment)
    }

    private static func outcome(_ kept: KeptPod, _ lie: [String: JSONValue]) async -> GPUError? {
        let request = kept.request("script", .object(lie), inputs: [])
        do {
            _ = try await kept.pod.run(request, to: kept.ground.folder["home"]) { _ in }
            return nil
        } catch { return error }
    }

    /// Everything here but what lies on the pod.
    private static func names(_ folder: TemporaryFolder) throws -> [String] {
        try folder.names().filter { !$0.hasPrefix("pod/") }
    }

    /// Bytes that this process has needed at most.
    private static func memory() throws -> Int {
        let status = text(try RealFiles().read("/proc/self/status"))
        let line = try #require(status.split(separator: "\n").first { $0.hasPrefix("VmHWM:") })
        return try #require(Int(line.filter(\.isNumber))) << 10
    }
}
