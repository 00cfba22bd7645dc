// Owns a workspace whose pods are rented from a simulator of its own: daemon, simulator, what lies on the pods, what was billed.
// Never reaches into either program; both are the real executables.

import Foundation
import FoundationNetworking
import Testing

/// A workspace with `provider: runpod` and a simulator beside it; both are gone with the last reference to it.
final class RentedWorkspace: Sendable {
    /// Marked, so that it can be looked for everywhere.
    static let key = "rpa_marked0key0that0must0stand0nowhere0"
    static let pods = "sim/pods"

    let caid: Caid
    /// Holds the simulator's state, the person's key and what the daemons said.
    let side: URL
    let baseURL: String
    private let simulator: Process

    /// - Parameter pod: further lines of `pod:` in cai.yaml.
    init(pod: String, checkpointEvery: String = "1s") throws {
        side = FileManager.default.temporaryDirectory.appending(path: "caid-rented-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: side, withIntermediateDirectories: true)
        let python = try Self.program(
            "/usr/bin/env", ["python3", Self.checkout.appending(path: "pod/bootstrap.py").path])
        try #require(python.status == 0, "\(python.output)")
        // The environment is found in the cache that every pod has, as an image would bring it.
        let cache = URL(filePath: String(python.output.split(separator: "\n").last ?? ""))
            .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent()
        let identity = side.appending(path: "id_ed25519").path
        let made = try Self.program(
            "/usr/bin/ssh-keygen", ["-q", "-t", "ed25519", "-N", "", "-C", "test", "-f", identity])
        try #require(made.status == 0, "\(made.output)")

        simulator = Process()
        simulator.executableURL = Caid.executable.deletingLastPathComponent().appending(path: "caid-simulator")
        simulator.arguments = [
            "--state", side.appending(path: "sim").path, "--ssh-key", identity + ".pub", "--cache", cache.path,
        ]
        simulator.environment = ProcessInfo.processInfo.environment.merging(["CAID_SIMULATOR_KEY": Self.key]) { $1 }
        let said = Pipe()
        simulator.standardOutput = said
        try simulator.run()
        var line = Data()
        while line.last != 0x0A, case let bytes = said.fileHandleForReading.availableData, !bytes.isEmpty {
            line += bytes
        }
        let ready = try #require(try JSONSerialization.jsonObject(with: line) as? [String: Any])
        baseURL = try #require(ready["base_url"] as? String)
        caid = try Caid(
            configuration: """
                settle: 1s
                checkpoint_every: \(checkpointEvery)
                pod:
                  provider: runpod
                  runpod: {base_url: "\(baseURL)", key: \(identity), workdir: ~/workspace/cai, volume_gb: 10}
                \(pod.split(separator: "\n").map { "  \($0)\n" }.joined())
                """)
    }

    deinit {
        simulator.terminate()
        simulator.waitUntilExit()
        try? FileManager.default.removeItem(at: side)
    }

    private static var checkout: URL {
        URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
    }

    private static func program(_ path: String, _ arguments: [String]) throws -> (status: Int32, output: String) {
        let process = Process()
        (process.executableURL, process.arguments) = (URL(filePath: path), arguments)
        let pipe = Pipe()
        process.standardOutput = pipe
        try process.run()
        let data = pipe.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        return (process.terminationStatus, String(decoding: data, as: UTF8.self))
    }

    /// A task that counts to `end`, keeps where it is, and leaves the sum of its input.
    func dropCounter(to end: Int, pause: Double) throws {
        try caid.write(
            "scripts/count.py",
            """
            import os, sys, time
            at = int(open("state/now").read()) if os.path.exists("state/now") else 0
            print("begins at", at, flush=True)
            os.makedirs("state", exist_ok=True)
            while at < \(end):
                at += 1
                with open("state/new", "w") as file:
                    file.write(str(at))
                os.replace("state/new", "state/now")
                print(f"progress {at}/\(end) counting", flush=True)
                time.sleep(\(pause))
            with open("sum.txt", "w") as file:
                file.write(str(sum(range(at + 1))))
            """)
        try caid.drop(
            "20261121_P1_count.md",
            "---\nscript: scripts/count.py\noutputs: [sum.txt]\nkeep: [state/now]\n---\n# Task: Count\n")
    }

    /// The daemon in the background; what it says is kept beside the workspace.
    func start(_ options: String...) throws -> Process {
        let log = side.appending(path: "daemon-\(UUID().uuidString).log")
        try Data().write(to: log)
        let process = Process()
        process.executableURL = Caid.executable
        process.arguments = ["run", "--root", caid.root.path] + options
        process.environment = ProcessInfo.processInfo.environment.merging(["RUNPOD_API_KEY": Self.key]) { $1 }
        let output = try FileHandle(forWritingTo: log)
        (process.standardOutput, process.standardError) = (output, output)
        try process.run()
        return process
    }

    // MARK: - The simulator

    func ask(_ path: String, _ body: String? = nil) async throws -> [String: Any] {
        var request = URLRequest(url: try #require(URL(string: baseURL + path)))
        request.setValue("Bearer \(Self.key)", forHTTPHeaderField: "Authorization")
        request.setValue("caid-tests", forHTTPHeaderField: "User-Agent")
        if let body { (request.httpMethod, request.httpBody) = ("POST", Data(body.utf8)) }
        let (data, _) = try await URLSession.shared.data(for: request)
        return try JSONSerialization.jsonObject(with: data) as? [String: Any] ?? [:]
    }

    /// Each pod's status, by its id.
    func statuses() async throws -> [String: String] {
        let pods = try await ask("/sim/pods")["pods"] as? [[String: Any]] ?? []
        return pods.reduce(into: [:]) { $0[$1["id"] as? String ?? ""] = $1["status"] as? String }
    }

    func meteredUSD() async throws -> Double {
        let total = try await ask("/sim/meter")["total"] as? [String: Any]
        return try #require((total?["usd"] as? NSNumber)?.doubleValue)
    }

    /// How often something was asked of the provider's API: `create`, `start`, `stop`, ….
    func count(of operation: String) async throws -> Int {
        let requests = try await ask("/sim/requests")["requests"] as? [[String: Any]] ?? []
        return requests.count { $0["operation"] as? String == operation }
    }

    /// All events of the jobs on a pod's volume.
    func events(onPod pod: String) -> [[String: Any]] {
        let jobs = side.appending(path: "\(Self.pods)/\(pod)/volume/cai/jobs")
        let names = (try? FileManager.default.contentsOfDirectory(atPath: jobs.path)) ?? []
        return names.flatMap { name in
            let text = (try? String(contentsOf: jobs.appending(path: "\(name)/events.jsonl"), encoding: .utf8)) ?? ""
            return text.split(separator: "\n").compactMap {
                try? JSONSerialization.jsonObject(with: Data($0.utf8)) as? [String: Any]
            }
        }
    }

    // MARK: - Waiting, and looking at what is left

    func wait(_ what: String, seconds: Double = 120, until holds: () async throws -> Bool) async throws {
        let end = Date().addingTimeInterval(seconds)
        while try await !holds() {
            guard Date() < end else {
                throw TimeoutError(description: "no \(what) within \(Int(seconds)) s; the daemon said:\n\(said)")
            }
            try await Task.sleep(for: .milliseconds(50))
        }
    }

    /// The only pod that runs, once there is one whose job is at work.
    func podAtWork(counted: Double) async throws -> String {
        var found = ""
        try await wait("job at work") {
            for (pod, status) in try await self.statuses() where status == "RUNNING" {
                let events = self.events(onPod: pod)
                guard events.contains(where: { ($0["done"] as? NSNumber)?.doubleValue ?? 0 >= counted }) else {
                    continue
                }
                found = pod
                return true
            }
            return false
        }
        return found
    }

    /// All that the daemons said.
    var said: String {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: side.path)) ?? []
        return names.filter { $0.hasPrefix("daemon-") }.sorted()
            .compactMap { try? String(contentsOf: side.appending(path: $0), encoding: .utf8) }.joined()
    }

    /// Where the script went on from, start by start, as the task's log tells it.
    func begins() throws -> [Int] {
        let log = "status/logs/20261121_P1_count.log"
        guard caid.exists(log) else { return [] }
        return try caid.text(log).matches(of: /begins at (\d+)/).compactMap { Int($0.output.1) }
    }

    /// USD of the journal's ledger.
    func ledgerUSD() throws -> Double {
        let result = try Caid.run(["cost", "--json", "--root", caid.root.path])
        let report = try JSONSerialization.jsonObject(with: Data(result.output.utf8)) as? [String: Any]
        return try #require((report?["spent_usd"] as? NSNumber)?.doubleValue, "\(result.output)")
    }

    /// Files of the workspace, of the pods and of the daemons' words that hold the key; the simulator's own account has to.
    func filesWithKey() throws -> [String] {
        let key = Data(Self.key.utf8)
        return [caid.root, side].flatMap { root in
            (FileManager.default.enumerator(at: root, includingPropertiesForKeys: [.isRegularFileKey])?.allObjects ?? [])
                .compactMap { $0 as? URL }
        }.filter { file in
            guard (try? file.resourceValues(forKeys: [.isRegularFileKey]))?.isRegularFile == true,
                file.deletingLastPathComponent().lastPathComponent != "sim"
            else { return false }
            return (try? Data(contentsOf: file, options: .mappedIfSafe))?.range(of: key) != nil
        }.map(\.path)
    }
}
