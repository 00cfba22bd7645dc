// Owns the proof of what is sent to a pod: all that the worker needs there, and nothing else.
// Never sends it.

import CAISystem
import SystemPackage
import TestSupport
import Testing

@testable import CAIDaemon
@testable import CAIGPU

struct WorkerFilesTests {
    @Test func theWorkersFilesAreSentAndNothingElse() throws {
        let worker = try Product.worker()
        let wanted = [
            "__main__.py", "runner/start.py", "program/process.py", "guard/__main__.py", "hub/fetch.py",
            "transfer/__main__.py", "engine/decode.py", "training/trainers.py", "tiny/world.json",
        ].map { "caid_worker/\($0)" }
        for name in wanted + ["bootstrap.py", "requirements.lock", "torch-cpu.lock", "torch-default.lock"] {
            #expect(worker.files[name]?.isEmpty == false, "\(name)")
        }
        let endings = [".py", ".json", ".lock"]
        #expect(worker.files.keys.allSatisfy { name in endings.contains { name.hasSuffix($0) } })
        #expect(!worker.files.keys.contains { $0.contains("test") || $0.contains("pycache") })
        // `unpack.py` takes no more than 64 MiB, and its own text goes as an argument.
        #expect(worker.files.values.reduce(0) { $0 + $1.utf8.count } < 1 << 20)
        #expect(worker.unpacker.utf8.count < 20_000)
    }

    @Test func theEnvironmentHasTheNameThatItsMakerGivesIt() async throws {
        let ground = try LocalGround(Product.worker())
        let script = "import runpy, sys; print(runpy.run_path(sys.argv[1])['_digest']()[:12])"
        let maker = ground.folder["bootstrap.py"]
        for (name, text) in ground.worker.files where !name.contains("/") { try ground.folder.write(text, to: name) }
        let said = try await ground.connect().run(
            ["/usr/bin/env", "python3", "-c", script, maker.string], deadline: 60)
        #expect(text(said.output) == ground.worker.environment + "\n")
    }

    /// Editors and interpreters leave things beside the sources; a link may lead anywhere.
    @Test func whatLiesBesideTheSourcesStaysHere() throws {
        let folder = try TemporaryFolder()
        let pod = folder["pod"]
        for name in ["requirements.lock", "torch-cpu.lock", "torch-default.lock", "bootstrap.py", "unpack.py"] {
            try folder.write("x", to: "pod/\(name)")
        }
        let share = Share(pod: pod, pipelines: pod, configuration: pod, constitution: pod)
        #expect(throws: (any Error).self) { try WorkerFiles.bundle(share, files: RealFiles()) }
        for name in ["__main__.py", "a/b.py", "__pycache__/b.py", "tests/t.py", ".#b.py", "a/b.py~", "notes.txt"] {
            try folder.write("x", to: "pod/caid_worker/\(name)")
        }
        try makeSymbolicLink(pod.appending("caid_worker/link.py"), to: "/etc/hostname")
        let first = try WorkerFiles.bundle(share, files: RealFiles())
        #expect(
            first.files.keys.filter { $0.hasPrefix("caid_worker") }.sorted() == [
                "caid_worker/__main__.py", "caid_worker/a/b.py",
            ])
        try folder.write("y", to: "pod/caid_worker/a/b.py")
        let second = try WorkerFiles.bundle(share, files: RealFiles())
        #expect(first.folder(in: "/w") != second.folder(in: "/w"), "another version has another folder")
        #expect(first.environment == second.environment)
        try RealFiles().remove(pod.appending("torch-cpu.lock"))
        let missing = #expect(throws: UsageError.self) { try WorkerFiles.bundle(share, files: RealFiles()) }
        #expect(missing?.description.contains("torch-cpu.lock") == true)
    }
}
