// Owns the real simulator's executable in a test: started, asked, made trouble for, ended.
// Every reply of REST is held against the contract on the way. Never reaches into the program.

import CAISystem
import Foundation
import Glibc
import SystemPackage

/// A simulator of RunPod on the loopback address, with pods that are real sshds; ended with the last reference to it.
public final class Simulator: Sendable {
    public let port: Int
    public let key: String
    public let folder: FilePath
    public var baseURL: String { "http://127.0.0.1:\(port)" }
    private let process: Process
    private let contract: ContractSchema

    /// The executable beside this test's own.
    public static var executable: URL {
        URL(filePath: "/proc/self/exe").resolvingSymlinksInPath().deletingLastPathComponent()
            .appending(path: "caid-simulator")
    }

    /// Starts one and waits until it answers.
    /// - Parameters:
    ///   - state: where its state lies; start another on the same folder to see what outlives it.
    ///   - options: more of the command line.
    public init(state: FilePath, key: SSHKey? = nil, options: [String] = []) throws {
        contract = try ContractSchema.runPod()
        process = Process()
        process.executableURL = Self.executable
        process.arguments =
            ["--state", state.string] + (key.map { ["--ssh-key", $0.publicFile.string] } ?? []) + options
        let output = Pipe()
        process.standardOutput = output
        process.standardInput = FileHandle.nullDevice
        try process.run()
        var line: [UInt8] = []
        while line.last != 0x0A, case let bytes = output.fileHandleForReading.availableData, !bytes.isEmpty {
            line += bytes
        }
        guard let ready = try? CanonicalJSON.decode(JSONValue.self, from: line),
            let port = ready["port"]?.doubleValue, let apiKey = ready["api_key"]?.stringValue
        else {
            process.terminate()
            throw HTTPFailure(description: "the simulator did not start: \(String(decoding: line, as: UTF8.self))")
        }
        (self.port, self.key, folder) = (Int(port), apiKey, state)
    }

    deinit { if process.isRunning { end() } }

    /// Asks it to end, and waits for that.
    /// - Returns: its exit status.
    @discardableResult
    public func end() -> Int32 {
        process.terminate()
        process.waitUntilExit()
        return process.terminationStatus
    }

    /// Kills it, as a crash would; its pods live on.
    public func kill() {
        _ = Glibc.kill(process.processIdentifier, SIGKILL)
        process.waitUntilExit()
    }

    // MARK: Asking

    /// One request with the account's key.
    /// - Throws: `HTTPFailure` also where a reply of REST breaks the contract.
    @discardableResult
    public func send(
        _ method: String, _ target: String, _ body: JSONValue? = nil, key: String? = nil, timeout: Double = 20
    ) async throws -> HTTPAnswer {
        let answer = try await PlainHTTP.send(
            method, port: port, target,
            headers: ["Authorization": "Bearer \(key ?? self.key)", "User-Agent": "caid-tests"],
            body: try body.map { try CanonicalJSON.encode($0) } ?? [], timeout: timeout)
        let path = String(target.prefix { $0 != "?" })
        if path.hasPrefix("/v2/"), answer.isWhole {
            let problems = contract.problems(
                replyTo: method, path, status: answer.status, type: answer.headers["content-type"], body: answer.body)
            guard problems.isEmpty else {
                throw HTTPFailure(description: "\(method) \(path) \(answer.status): \(problems)\n\(answer.text)")
            }
        }
        return answer
    }

    /// A GraphQL request.
    public func graph(
        _ query: String, _ variables: JSONValue = .object([:]), key: String? = nil
    ) async throws -> HTTPAnswer {
        try await send("POST", "/graphql", .object(["query": .string(query), "variables": variables]), key: key)
    }

    /// Arms trouble: one JSON object, as `caid-simulator --help` lists them.
    public func trouble(_ json: String) async throws {
        let answer = try await send("POST", "/sim/trouble", try CanonicalJSON.decode(JSONValue.self, from: json.utf8))
        guard answer.status == 201 else { throw HTTPFailure(description: answer.text) }
    }

    public func clearTrouble() async throws { try await send("DELETE", "/sim/trouble") }

    /// What the meter says: of one pod, or of all together.
    public func meter(of pod: String? = nil) async throws -> (seconds: Double, usd: Double, computeUSD: Double) {
        let report = try await send("GET", "/sim/meter").json
        var figures = report["total"]
        if let pod, case .array(let pods)? = report["pods"] { figures = pods.first { $0["id"] == .string(pod) } }
        guard let seconds = figures?["seconds"]?.doubleValue, let usd = figures?["usd"]?.doubleValue,
            let compute = figures?["compute_usd"]?.doubleValue
        else { throw HTTPFailure(description: "the meter does not know \(pod ?? "itself")") }
        return (seconds, usd, compute)
    }

    /// Where a pod lies on this machine.
    public func place(of pod: String) async throws -> PodPlace {
        guard case .array(let pods)? = try await send("GET", "/sim/pods").json["pods"],
            let found = pods.first(where: { $0["id"] == .string(pod) }),
            let container = found["container"]?.stringValue, let workspace = found["workspace"]?.stringValue,
            let hostKey = found["host_key"]?.stringValue
        else { throw HTTPFailure(description: "no pod \(pod)") }
        return PodPlace(
            port: found["port"]?.doubleValue.map { Int($0) }, container: FilePath(container),
            workspace: FilePath(workspace), hostKey: FilePath(hostKey))
    }

    /// How often such a request came in: `create`, `start`, `stop`, ….
    public func count(of operation: String) async throws -> Int {
        guard case .array(let requests)? = try await send("GET", "/sim/requests").json["requests"] else { return 0 }
        return requests.count { $0["operation"] == .string(operation) }
    }

    // MARK: Pods

    /// The body of a create as most tests need it.
    public static func order(_ name: String, gpu: String = "NVIDIA A100-SXM4-80GB", volume: Int = 20) -> JSONValue {
        .object([
            "name": .string(name), "image": .string("runpod/pytorch"), "ports": .array([.string("22/tcp")]),
            "gpu": .object(["id": .string(gpu), "count": .int(1)]), "startSsh": .bool(true),
            "mounts": .object(["persistent": .object(["size": .int(volume), "path": .string("/workspace")])]),
        ])
    }

    /// Makes a pod and waits until it runs.
    /// - Returns: its id.
    public func makePod(_ name: String = "pod", _ order: JSONValue? = nil) async throws -> String {
        let made = try await send("POST", "/v2/pods", order ?? Self.order(name))
        guard made.status == 201, let id = made.json["id"]?.stringValue else {
            throw HTTPFailure(description: made.text)
        }
        _ = try await wait(for: id, "RUNNING")
        return id
    }

    @discardableResult
    public func act(_ action: String, on pod: String, key: String? = nil) async throws -> HTTPAnswer {
        try await send("POST", "/v2/pods/\(pod)/action", .object(["action": .string(action)]), key: key)
    }

    /// Waits until a pod has a status; at most 20 s.
    public func wait(for pod: String, _ status: String) async throws -> JSONValue {
        var last: JSONValue = .null
        for _ in 0..<1000 {
            last = try await send("GET", "/v2/pods/\(pod)").json
            if last["status"]?.stringValue == status { return last }
            try await Task.sleep(for: .milliseconds(20))
        }
        throw HTTPFailure(description: "the pod did not become \(status): \(last)")
    }

    /// Runs a command on a pod with the machine's own ssh.
    public func ssh(_ pod: String, _ command: String, key: SSHKey) async throws -> (status: Int32, output: String) {
        guard let port = try await place(of: pod).port else { throw HTTPFailure(description: "no port") }
        return try await Task.detached {
            try SSHKey.run(
                "/usr/bin/ssh",
                [
                    "-p", "\(port)", "-i", key.privateFile.string, "-o", "BatchMode=yes", "-o", "IdentitiesOnly=yes",
                    "-o", "StrictHostKeyChecking=no", "-o", "UserKnownHostsFile=/dev/null", "-o", "LogLevel=ERROR",
                    "-o",
                    "ConnectTimeout=10", "127.0.0.1", command,
                ])
        }.value
    }
}

/// The folders of a pod on this machine.
public struct PodPlace: Sendable {
    public var port: Int?
    public var container: FilePath
    public var workspace: FilePath
    /// The public host key of its sshd.
    public var hostKey: FilePath
}
