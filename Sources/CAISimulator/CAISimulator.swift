// Owns the command line and the life of the simulator: what it is started with, what it prints, how it ends.
// Never shows a key but on its first line, which is where a client gets it from.

import ArgumentParser
import CAISystem
import FlyingFox
import FlyingSocks
import Foundation
import SystemPackage

@main
struct CAISimulator: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "caid-simulator",
        abstract: "Serves RunPod's REST v2 and GraphQL on this machine; each pod is a real sshd with its own folder.",
        discussion: """
            The first line of output is JSON: base_url, api_key, state. Point the client's
            base URL and RUNPOD_API_KEY at them. The key is $CAID_SIMULATOR_KEY where that
            is set, else the one kept in the state folder, else a new one.

            Examples:
              caid-simulator --ssh-key ~/.ssh/id_ed25519.pub
              caid-simulator --state ~/sim --port 8080 --time-scale 600
              curl $URL/sim/meter       seconds and USD of every pod
              curl $URL/sim/pods        folders and ports
              curl $URL/sim/requests    what was asked, and the trouble it met
              curl -d '{"kind": "no_capacity", "on": "start"}' $URL/sim/trouble
              curl -X DELETE $URL/sim/trouble

            A pod's folder has container/ (its HOME, wiped by a stop) and volume/ (its
            /workspace: kept by a stop, gone with the pod; also reached as ~/workspace, which
            is what to set runpod.workdir below). Over SSH it sees RUNPOD_POD_ID,
            RUNPOD_TCP_PORT_22, RUNPOD_API_KEY (opens this pod alone), SIM_API_URL and
            SIM_WORKSPACE (the path of its /workspace). A stop kills all its processes.

            \(Trouble.help)

            Exit codes: 0 ended by SIGTERM or SIGINT, every pod stopped; 1 failed; 64 usage.
            """)

    @Option(help: "The port to serve on; 0 takes a free one.")
    var port: UInt16 = 0
    @Option(help: "The folder that pods and bills are kept in; without it, a temporary one that is removed at the end.")
    var state: String?
    @Option(help: "A public key that pods let in; may be given several times.")
    var sshKey: [String] = []
    @Option(help: "What a new account has, in USD.")
    var balance = 100.0
    @Option(help: "Billed seconds in a real second.")
    var timeScale = 1.0
    @Option(help: "A folder that every pod has as its XDG_CACHE_HOME, as if its image had brought it.")
    var cache: String?
    @Option(help: "The seed of trouble that comes by chance.")
    var seed: UInt64 = 1
    @Option(help: "A file with trouble: one JSON object a line, as /sim/trouble takes them.")
    var trouble: String?

    func validate() throws {
        guard timeScale > 0, timeScale.isFinite else { throw ValidationError("--time-scale must be above 0") }
        guard balance.isFinite else { throw ValidationError("--balance must be a number") }
    }

    func run() async throws {
        signal(SIGPIPE, SIG_IGN)
        do {
            try await serve()
        } catch let problem as Problem {
            complain(([problem.detail] + problem.errors).joined(separator: "\n  "))
            throw ExitCode(1)
        } catch {
            complain("\(error)")
            throw ExitCode(1)
        }
    }

    private func serve() async throws {
        let path = try folder()
        defer { if state == nil { try? RealFiles().removeTree(path) } }
        let folder = try StateFolder(path)
        guard let lock = try FileLock.acquire(path.appending("lock")) else {
            throw Problem(500, "another simulator is at work in \(path)")
        }
        let kept = try account(in: folder)
        let box = try troubleBox()
        let signals = try ChildControl.arrivals(of: [SIGTERM, SIGINT])

        let front = Late()
        let server = HTTPServer(
            address: try sockaddr_in.inet(ip4: Sshd.host, port: port), timeout: 86400, logger: .disabled,
            handler: front)
        let serving = Task { try await server.run() }
        try await server.waitUntilListening()
        guard case .ip4(_, let number)? = await server.listeningAddress else {
            throw Problem(500, "no address to listen on")
        }
        let ready = ReadyLine(port: Int(number), apiKey: kept.apiKey, state: path)
        let cloud = Cloud(
            folder: folder, state: kept, trouble: box,
            settings: Cloud.Settings(timeScale: timeScale, apiURL: ready.baseURL, cache: try cacheFolder()))
        await cloud.adopt()
        await cloud.save()
        front.open(HTTPFront(front: Front(cloud: cloud)))
        try ready.write()

        var byte: UInt8 = 0
        while read(signals.rawValue, &byte, 1) != 1 {
            await cloud.happen()
            try await Task.sleep(for: .milliseconds(50))
        }
        serving.cancel()
        await cloud.close()
        withExtendedLifetime(lock) {}
    }

    /// Absolute, since the mark of its processes and sshd's configuration name it.
    private func folder() throws -> FilePath {
        let made = state ?? FileManager.default.temporaryDirectory.path + "/caid-simulator-\(Cloud.name(10))"
        let absolute = made.hasPrefix("/") ? made : FileManager.default.currentDirectoryPath + "/" + made
        let path = FilePath(absolute).lexicallyNormalized()
        guard !path.string.contains(where: { $0 == "\"" || $0 == " " || $0.isNewline }) else {
            throw Problem(500, "the state folder's path must have no blank or quote: \(path)")
        }
        return path
    }

    private func cacheFolder() throws -> FilePath? {
        guard let cache else { return nil }
        let path = FilePath(cache.hasPrefix("/") ? cache : FileManager.default.currentDirectoryPath + "/" + cache)
        guard RealFiles().exists(path) else { throw Problem(500, "--cache: \(path) is not there") }
        return path.lexicallyNormalized()
    }

    private func account(in folder: StateFolder) throws -> CloudState {
        let key = ProcessInfo.processInfo.environment["CAID_SIMULATOR_KEY"]
        var account = try folder.load() ?? CloudState(apiKey: key ?? "rpa_" + Cloud.name(40), credit: balance)
        account.apiKey = key ?? account.apiKey
        for file in sshKey {
            let text = String(decoding: try RealFiles().read(FilePath(file), limit: 1 << 16), as: UTF8.self)
            for line in text.split(whereSeparator: \.isNewline).map(String.init) {
                guard SSHKeyLine.isOne(line) else { throw Problem(500, "\(file): not a public key") }
                if !account.sshKeys.contains(line) { account.sshKeys.append(line) }
            }
        }
        return account
    }

    private func troubleBox() throws -> TroubleBox {
        var box = TroubleBox(seed: seed)
        guard let trouble else { return box }
        for one in try Trouble.list(try RealFiles().read(FilePath(trouble), limit: 1 << 20)) {
            _ = box.add(one, at: Date().timeIntervalSince1970)
        }
        return box
    }
}

/// One line for a person.
func complain(_ message: String) {
    FileHandle.standardError.write(Data("caid-simulator: \(message)\n".utf8))
}
