// Owns the tests of cai.yaml: defaults, what is merged over them, and every complaint with its place.

import CAISystem
import CAIWorkflow
import TestSupport
import Testing

@testable import CAIDaemon

struct ConfigTests {
    private func parse(_ text: String) -> (config: Config?, problems: [String]) {
        let (config, problems) = Config.parse(Array(text.utf8), file: "cai.yaml")
        return (config, problems.map(\.description))
    }

    @Test(arguments: ["", "\n", "# nothing\n", "{}\n", "queues: {}\nbudget: {}\n"])
    func nothingSaidMeansTheDefaults(text: String) throws {
        let (config, problems) = parse(text)
        #expect(problems == [])
        let found = try #require(config)
        #expect(found.provider == .local && found.settle == 2 && found.checkpointEvery == 1800)
        #expect(found.budgetUSD == 300 && found.baseModel == "tiny" && found.profile == "tiny")
        #expect(found.queues.mapValues(\.executor) == ["gpu": .pipeline, "claude_code": .agent])
        #expect(found.queues.values.allSatisfy { $0.concurrency == 1 })
        #expect(found.reviewers.keys.sorted() == ["codex", "gemini"])
        let agents = try #require(found.queues["claude_code"])
        #expect(agents.command == ["claude", "-p"] && agents.env == ["PATH", "HOME", "LANG"])
        #expect(agents.timeout == 7200 && agents.idleTimeout == 900 && agents.retries == 1 && !agents.allowVerify)
        #expect(found.queues["gpu"]?.retries == 0)
        #expect(
            found.reviewers["codex"]?.command == ["codex", "exec", "-"] && found.reviewers["codex"]?.timeout == 1800)
        #expect(found.firstAgentQueue == "claude_code")
    }

    @Test func theWholeFileOfTheManualIsAccepted() throws {
        let (config, problems) = parse(
            """
            pod:
              provider: ssh
              ssh: {host: 10.0.0.5, port: 22, user: root, key: ~/.ssh/id, workdir: /workspace/cai, rate_usd_per_hour: 0, known_hosts: x, pin_on_first_use: false}
              runpod: {api: v2, pod: abc, network_volume: v, gpus: [A, B], image: i, volume_gb: 200, max_usd_per_hour: 2.69, base_url: "https://u", workdir: /w, unpulled_max_usd: 5}
              idle_stop: 10m
              dead_man: 45m
              dead_man_max: 2h
            settle: 3s
            transfer: {max_mib_s: 0}
            checkpoint_every: 30m
            stall_after: 15m
            backup: null
            budget: {total_usd: 250.5, warn_at: 0.8}
            queues:
              gpu: {executor: pipeline, concurrency: 2}
              claude_code: {executor: agent, command: [claude, -p], timeout: 2h, idle_timeout: 15m, concurrency: 1, retries: 1, allow_verify: false, env: [PATH, HOME, LANG]}
              mine: {executor: script}
            reviewers:
              codex:  {command: [codex, exec, "-"], timeout: 30m}
              mine: {command: [me]}
            model: {base: org/model-32b}
            notify: []
            """)
        #expect(problems == [])
        let found = try #require(config)
        #expect(found.provider == .ssh && found.settle == 3 && found.budgetUSD == 250.5)
        #expect(found.queues["gpu"]?.concurrency == 2)
        #expect(Set(found.queues.keys) == ["gpu", "claude_code", "mine"], "the default ones are always there")
        #expect(found.reviewers.keys.sorted() == ["codex", "gemini", "mine"])
        #expect(found.reviewers["mine"]?.command == ["me"] && found.reviewers["mine"]?.timeout == 1800)
        #expect(found.profile == "32b")
    }

    @Test func aQueueKeepsWhatIsNotSaidAnew() throws {
        let config = try #require(parse("queues: {gpu: {concurrency: 3}, claude_code: {executor: script}}\n").config)
        #expect(config.queues["gpu"]?.executor == .pipeline && config.queues["gpu"]?.concurrency == 3)
        #expect(config.queues["claude_code"]?.executor == .script)
    }

    @Test func anAgentsSettingsAreTaken() throws {
        let text = """
            queues:
              claude_code: {timeout: 90s, idle_timeout: 5m, retries: 0, allow_verify: true, env: [PATH, KEY]}
              aider: {executor: agent, command: [aider, --yes], concurrency: 2}
            reviewers:
              codex: {timeout: 1m}
            """
        let config = try #require(parse(text).config)
        let changed = try #require(config.queues["claude_code"])
        #expect(changed.executor == .agent && changed.command == ["claude", "-p"], "what is not said stays")
        #expect(changed.timeout == 90 && changed.idleTimeout == 300 && changed.retries == 0)
        #expect(changed.allowVerify && changed.env == ["PATH", "KEY"])
        let own = try #require(config.queues["aider"])
        #expect(own.command == ["aider", "--yes"] && own.concurrency == 2 && own.retries == 1)
        #expect(
            config.reviewers["codex"]?.timeout == 60 && config.reviewers["codex"]?.command == ["codex", "exec", "-"])
        #expect(config.firstAgentQueue == "aider", "the first by name")
    }

    @Test(arguments: [
        ("settle: 2s\nsettel: 2s\n", "cai.yaml:2:1: ", "settle"),
        ("pod:\n  provider: cloud\n", "cai.yaml:2:13: ", "local"),
        ("settle: soon\n", "cai.yaml:1:9: ", ""),
        ("settle: -1s\n", "cai.yaml:1:9: ", ""),
        ("settle: 1s\nsettle: 2s\n", "cai.yaml:2:1: ", ""),
        ("queues:\n  mine: {concurrency: 2}\n", "cai.yaml:2:9: ", "needs an executor"),
        ("queues:\n  gpu:\n    concurrency: 0\n", "cai.yaml:3:18: ", "at least 1"),
        ("queues:\n  gpu: {executor: robot}\n", "cai.yaml:2:19: ", "pipeline"),
        ("checkpoint_every: 0s\n", "cai.yaml:1:19: ", "at least 1s"),
        ("budget: {total_usd: -1}\n", "cai.yaml:1:21: ", "not negative"),
        ("budget: {total_usd: .nan}\n", "cai.yaml:1:21: ", ""),
        ("budget: {total_usd: .inf}\n", "cai.yaml:1:21: ", ""),
        ("budget: {warn_at: 2}\n", "cai.yaml:1:19: ", "between 0 and 1"),
        ("budget: {total_usd: lots}\n", "cai.yaml:1:21: ", ""),
        ("queues:\n  mine: {executor: agent}\n", "cai.yaml:2:9: ", "needs a command"),
        ("queues:\n  mine: {executor: agent, command: []}\n", "cai.yaml:2:9: ", "needs a command"),
        ("queues:\n  claude_code: {retries: -1}\n", "cai.yaml:2:26: ", "not be negative"),
        ("queues:\n  claude_code: {timeout: 0s}\n", "cai.yaml:2:26: ", "above 0"),
        ("queues:\n  claude_code: {idle_timeout: 0s}\n", "cai.yaml:2:31: ", "above 0"),
        ("queues:\n  ../x: {executor: pipeline}\n", "cai.yaml:2:9: ", "cannot be a folder's name"),
        ("reviewers:\n  mine: {timeout: 1m}\n", "cai.yaml:2:9: ", "needs a command"),
        ("reviewers:\n  codex: {timeout: 0s}\n", "cai.yaml:2:20: ", "above 0"),
        ("reviewers:\n  .x: {command: [x]}\n", "cai.yaml:2:7: ", "cannot be a folder's name"),
        ("- a\n- b\n", "cai.yaml:1:1: ", ""),
        ("pod: {\n", "cai.yaml:", ""),
    ])
    func everyMistakeIsFoundAtItsPlace(text: String, place: String, words: String) {
        let (config, problems) = parse(text)
        #expect(config == nil)
        #expect(problems.count == 1, "\(problems)")
        #expect(problems.first?.hasPrefix(place) == true, "\(problems)")
        #expect(words.isEmpty || problems.first?.contains(words) == true, "\(problems)")
    }

    @Test func severalMistakesComeInTheFilesOrder() {
        let text =
            "budget: {total_usd: -1}\nqueues:\n  b: {concurrency: 0, executor: pipeline}\n  a: {concurrency: 0}\n"
        let (config, problems) = parse(text)
        #expect(config == nil)
        #expect(problems.map { $0.split(separator: ":")[1] } == ["1", "3", "4"], "\(problems)")
    }

    @Test func aWorkspaceWithoutAConfigurationIsNone() throws {
        let folder = try TemporaryFolder()
        let (config, problems) = try Config.load(Workspace(root: folder.path), RealFiles())
        #expect(config == nil)
        #expect(problems.first?.message.contains("caid init") == true)
        try folder.write("settel: 1s\n", to: "cai.yaml")
        #expect(try Config.load(Workspace(root: folder.path), RealFiles()).problems.first?.file == "cai.yaml")
    }
}
