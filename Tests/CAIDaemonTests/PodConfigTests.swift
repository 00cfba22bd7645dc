// Owns the tests of what cai.yaml says of pods elsewhere, and of where their key is found.

import CAISystem
import CAIWorkflow
import SystemPackage
import TestSupport
import Testing

@testable import CAIDaemon

struct PodConfigTests {
    private func parse(_ text: String) -> (config: Config?, problems: [String]) {
        let (config, problems) = Config.parse(Array(text.utf8), file: "cai.yaml")
        return (config, problems.map(\.description))
    }

    @Test func everyKeyHasADefault() throws {
        let pod = try #require(parse("pod: {provider: runpod}").config?.pod)
        #expect(pod.runPod.api == .v2 && pod.runPod.baseURL == "https://api.runpod.io")
        #expect(pod.runPod.gpus == ["NVIDIA H100 80GB HBM3"] && pod.runPod.maxUSDPerHour == 2.69)
        #expect(pod.runPod.volumeGB == 200 && pod.runPod.unpulledMaxUSD == 5 && pod.runPod.pod == nil)
        #expect((pod.idleStop, pod.deadMan, pod.deadManMax) == (600, 2700, 7200))
    }

    @Test func whatIsSaidGoesBeforeTheDefault() throws {
        let pod = try #require(
            parse(
                """
                pod:
                  provider: ssh
                  idle_stop: 20s
                  dead_man: 3h
                  ssh: {host: gpu1, port: 2222, user: me, key: /k, workdir: ~/cai, rate_usd_per_hour: 1.5, known_hosts: /h, pin_on_first_use: true}
                  runpod: {api: graphql, pod: abc, network_volume: v, gpus: A100, image: i, volume_gb: 10, max_usd_per_hour: 1, base_url: "http://127.0.0.1:1", workdir: /w, unpulled_max_usd: 0}
                """
            ).config?.pod)
        #expect(pod.ssh.host == "gpu1" && pod.ssh.port == 2222 && pod.ssh.user == "me" && pod.ssh.pinOnFirstUse)
        #expect((pod.idleStop, pod.deadMan, pod.deadManMax) == (20, 10_800, 10_800))
        #expect(pod.runPod.api == .graphql && pod.runPod.pod == "abc" && pod.runPod.gpus == ["A100"])
    }

    @Test(
        arguments: [
            ("pod: {provider: ssh}", "cai.yaml:1:17: provider ssh needs pod.ssh.host"),
            ("pod: {ssh: {host: h, port: 0}}", "cai.yaml:1:28: must lie between 1 and 65535"),
            ("pod: {ssh: {host: h, workdir: cai}}", "begins with / or ~/"),
            ("pod: {ssh: {host: h, workdir: /a/../b}}", "begins with / or ~/"),
            ("pod: {runpod: {api: v1}}", "there are: v2, graphql"),
            ("pod: {runpod: {volume_gb: 5}}", "must be at least 10"),
            ("pod: {runpod: {max_usd_per_hour: 0}}", "must be a number above 0"),
            ("pod: {runpod: {gpus: []}}", "must name at least one GPU"),
            ("pod: {runpod: {base_url: ftp://x}}", "must begin with https://"),
            ("pod: {dead_man: 1h, dead_man_max: 30m}", "must not be shorter than dead_man"),
            ("pod: {runpod: {api_key: x}}", "api_key"),
        ])
    func nonsenseIsRefusedAtItsPlace(text: String, words: String) {
        let (config, problems) = parse(text)
        #expect(config == nil)
        #expect(problems.count == 1 && problems.first?.contains(words) == true, "\(problems)")
    }
}

struct SecretsTests {
    private let folder: TemporaryFolder
    private let files = RealFiles()

    init() throws { folder = try TemporaryFolder() }

    private func secrets(_ environment: [String: String] = [:]) -> Secrets {
        Secrets(
            workspace: Workspace(root: folder["ws"]),
            environment: environment.merging(["HOME": folder["home"].string]) { $1 }, files: files)
    }

    private func write(_ path: FilePath, _ text: String, _ mode: FilePermissions = .ownerReadWrite) throws {
        try files.makeDirectories(path.removingLastComponent())
        try files.writeAtomically(path, bytes: Array(text.utf8), mode: mode)
        try files.setPermissions(path, mode)
    }

    private var own: FilePath { folder["home/.config/caid/runpod.env"] }

    private func source(_ environment: [String: String] = [:]) throws -> String {
        try secrets(environment).runPodKey(agentsAtWork: false) { _ in }.source
    }

    @Test func credentialsGoBeforeTheEnvironmentAndThatBeforeFiles() throws {
        try write(folder["ws/.env.runpod"], "RUNPOD_API_KEY=d\n")
        #expect(try source().hasSuffix("ws/.env.runpod"))
        try write(own, "# mine\nexport RUNPOD_API_KEY=\"c\"\n")
        #expect(try source() == own.string)
        #expect(try source(["RUNPOD_API_KEY": "b"]) == "RUNPOD_API_KEY")
        try write(folder["cred/RUNPOD_API_KEY"], "a\n")
        let environment = ["RUNPOD_API_KEY": "b", "CREDENTIALS_DIRECTORY": folder["cred"].string]
        #expect(try source(environment) == "the systemd credential RUNPOD_API_KEY")
    }

    @Test func aFileThatOthersCanReadIsRefused() throws {
        try write(own, "RUNPOD_API_KEY=c\n", [.ownerReadWrite, .groupRead])
        let error = #expect(throws: UsageError.self) { try source() }
        #expect(error?.description.contains("chmod 600 \(own)") == true)
    }

    @Test func aLinkIsNotFollowed() throws {
        try write(folder["elsewhere"], "RUNPOD_API_KEY=c\n")
        try files.makeDirectories(own.removingLastComponent())
        try makeSymbolicLink(own, to: folder["elsewhere"])
        #expect(throws: UsageError.self) { try source() }
    }

    @Test func nothingAnywhereSaysWhereToPutIt() {
        let error = #expect(throws: UsageError.self) { try source() }
        #expect(error?.description.contains("into \(own)") == true)
    }

    @Test func aKeyThatAgentsCanReadIsWarnedOf() throws {
        try write(folder["ws/.env.runpod"], "RUNPOD_API_KEY=d\n")
        var warnings: [String] = []
        _ = try secrets().runPodKey(agentsAtWork: true) { warnings.append($0) }
        #expect(warnings.count == 1 && warnings.first?.contains("agents") == true)
    }

    @Test func whatIsShownOfAKeyIsWhereItLies() throws {
        let key = try secrets(["RUNPOD_API_KEY": "secret"]).runPodKey(agentsAtWork: false) { _ in }
        #expect(!"\(key) \(String(reflecting: key))".contains("secret"))
    }

    @Test func homeDecidesEveryHomePath() {
        #expect(secrets().path("~/.ssh/id") == folder["home/.ssh/id"])
        #expect(secrets().path("keys/id") == folder["ws/keys/id"])
        #expect(secrets().path("/k") == "/k")
    }
}
