// Owns driving the real executable in a real workspace: start it, wait for it, kill it, read what it left.
// Never reaches into the program; what a person sees is what is tested.

import Foundation
import Testing

/// A workspace of its own in a temporary folder, removed at the end.
final class Caid: Sendable {
    let root: URL

    struct Result {
        var status: Int32
        var output: String
    }

    init(configuration: String = "") throws {
        root = FileManager.default.temporaryDirectory.appending(path: "caid-\(UUID().uuidString)")
        let made = try Self.run(["init", root.path])
        try #require(made.status == 0, "\(made.output)")
        if !configuration.isEmpty {
            try Data(configuration.utf8).write(to: root.appending(path: "cai.yaml"))
        }
    }

    deinit { try? FileManager.default.removeItem(at: root) }

    /// The executable beside this test's own.
    static var executable: URL {
        URL(filePath: "/proc/self/exe").resolvingSymlinksInPath().deletingLastPathComponent().appending(path: "caid")
    }

    @discardableResult
    static func run(_ arguments: [String]) throws -> Result {
        let (process, pipe) = try start(arguments)
        let data = pipe.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        return Result(status: process.terminationStatus, output: String(decoding: data, as: UTF8.self))
    }

    static func start(_ arguments: [String]) throws -> (Process, Pipe) {
        let process = Process()
        process.executableURL = executable
        process.arguments = arguments
        let pipe = Pipe()
        process.standardOutput = pipe
        process.standardError = pipe
        try process.run()
        return (process, pipe)
    }

    func drain() throws -> Result { try Self.run(["run", "--drain", "--root", root.path]) }

    /// `caid run --drain` in the background; its output is thrown away.
    func startDraining() throws -> Process {
        let process = Process()
        process.executableURL = Self.executable
        process.arguments = ["run", "--drain", "--root", root.path]
        process.standardOutput = FileHandle.nullDevice
        process.standardError = FileHandle.nullDevice
        try process.run()
        return process
    }

    func drop(_ name: String, _ text: String, queue: String = "gpu") throws {
        try Data(text.utf8).write(to: root.appending(path: "tasks/\(queue)/pending/\(name)"))
    }

    /// Writes a file of the workspace, with the folders above it.
    func write(_ path: String, _ text: String) throws {
        let file = root.appending(path: path)
        try FileManager.default.createDirectory(at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
        try Data(text.utf8).write(to: file)
    }

    /// The files in a folder, sorted.
    func names(_ path: String) throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: root.appending(path: path).path).sorted()
    }

    func text(_ path: String) throws -> String { try String(contentsOf: root.appending(path: path), encoding: .utf8) }

    func exists(_ path: String) -> Bool { FileManager.default.fileExists(atPath: root.appending(path: path).path) }

    func sha256(_ path: String) throws -> String {
        let process = Process()
        process.executableURL = URL(filePath: "/usr/bin/sha256sum")
        process.arguments = [root.appending(path: path).path]
        let pipe = Pipe()
        process.standardOutput = pipe
        try process.run()
        let data = pipe.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        return String(String(decoding: data, as: UTF8.self).prefix(64))
    }

    /// Processes whose command line fits.
    static func processes(where fits: (String) -> Bool) throws -> [Int32] {
        try FileManager.default.contentsOfDirectory(atPath: "/proc").compactMap { Int32($0) }.filter { process in
            let words = try? String(contentsOfFile: "/proc/\(process)/cmdline", encoding: .utf8)
            return words.map { fits($0.replacing("\0", with: " ")) } ?? false
        }
    }

    /// Hard-links another workspace's artifacts of a run into this one, so that its steps are found done.
    func adopt(artifactsOf other: Caid) throws {
        let process = Process()
        process.executableURL = URL(filePath: "/bin/cp")
        process.arguments = ["-al", other.root.appending(path: "artifacts").path, root.path]
        try process.run()
        process.waitUntilExit()
        try #require(process.terminationStatus == 0)
    }

    /// The first training job's folder and its events, once it has one.
    func trainingJob() -> (folder: URL, events: [[String: Any]])? {
        let jobs = root.appending(path: ".caid/pod/jobs")
        for name in ((try? FileManager.default.contentsOfDirectory(atPath: jobs.path)) ?? []).sorted() {
            let folder = jobs.appending(path: name)
            guard let data = try? Data(contentsOf: folder.appending(path: "job.json")),
                let job = try? JSONSerialization.jsonObject(with: data) as? [String: Any],
                job["kind"] as? String == "train"
            else { continue }
            let lines = (try? String(contentsOf: folder.appending(path: "events.jsonl"), encoding: .utf8)) ?? ""
            let events = lines.split(separator: "\n").compactMap {
                try? JSONSerialization.jsonObject(with: Data($0.utf8)) as? [String: Any]
            }
            return (folder, events)
        }
        return nil
    }

    /// Waits until the training job is a few steps in.
    func waitForTraining(steps: Double = 5, seconds: Double = 240) async throws -> URL {
        let end = Date().addingTimeInterval(seconds)
        while Date() < end {
            if let job = trainingJob(),
                job.events.contains(where: {
                    $0["unit"] as? String == "steps" && ($0["done"] as? NSNumber)?.doubleValue ?? 0 >= steps
                })
            {
                return job.folder
            }
            try await Task.sleep(for: .milliseconds(20))
        }
        throw TimeoutError(description: "no training within \(seconds) s")
    }

    /// How often a worker process was started for the training job.
    var trainingStarts: Int { trainingJob()?.events.count { $0["event"] as? String == "started" } ?? 0 }
}

struct TimeoutError: Error, CustomStringConvertible { var description: String }
