// Owns the checks of decoding: what is named, where, in which words, and that one run names everything.
// The types are shaped like a configuration: defaults, nested mappings, lists, enumerations.
// Never reads a file.

import CAIYAML
import Testing

private struct Config: Decodable {
    enum Provider: String, Decodable, CaseIterable { case local, ssh, runpod }
    struct Pod: Decodable {
        var provider: Provider?
        var idleStop: DurationText?
        enum CodingKeys: String, CodingKey { case provider, idleStop = "idle_stop" }
    }
    struct Queue: Decodable {
        let executor: String
        var command: [String]?
        var concurrency: Int?
    }
    var pod: Pod?
    var settle: DurationText?
    var budget: Double?
    var queues: [String: Queue]?
    var notify: [String]?
}

/// A type whose shape depends on one of its own keys.
private struct Step: Decodable {
    let kind: String
    let n: Int?
    private enum KindKey: String, CodingKey { case kind }
    private struct Payload: Decodable { let n: Int? }

    init(from decoder: any Decoder) throws {
        kind = try decoder.container(keyedBy: KindKey.self).decode(String.self, forKey: .kind)
        n = try Payload(from: decoder).n
    }
}

@Suite struct DecodingTests {
    private func problems(_ text: String, strict: Bool = true) -> [String] {
        YAMLDecoder(strict: strict).diagnose(Config.self, from: text.utf8, file: "cai.yaml").problems.map(\.description)
    }

    @Test func oneRunNamesEveryProblem() {
        let text = """
            pod:
              idle_stp: 10m
              provider: runpd
            settle: 2s
            budget: lots
            queues:
              gpu: {executor: pipeline, concurrency: two}
              other: {command: [a, [b]], concurrency: 1.0}
            settle: 3s
            budjet: 4
            """
        #expect(
            problems(text) == [
                "cai.yaml:2:3: unknown key \"idle_stp\" in pod; did you mean \"idle_stop\"?",
                "cai.yaml:3:13: pod.provider: expected one of local, ssh, runpod, found the text \"runpd\"; did you mean \"runpod\"?",
                "cai.yaml:5:9: budget: expected a number, found the text \"lots\"",
                "cai.yaml:7:42: queues.gpu.concurrency: expected a whole number, found the text \"two\"",
                "cai.yaml:8:10: the key \"executor\" is missing in queues.other",
                "cai.yaml:8:24: queues.other.command[1]: expected text, found a list",
                "cai.yaml:8:43: queues.other.concurrency: expected a whole number, found the number 1.0",
                "cai.yaml:9:1: duplicate key \"settle\"; it stands on line 4 already",
                "cai.yaml:10:1: unknown key \"budjet\"; did you mean \"budget\"?",
            ])
    }

    @Test func valuesDecode() throws {
        let text = "pod: {provider: ssh, idle_stop: 10m}\nqueues: {a: {executor: agent, command: [sleep, 5, \"x\"]}}\n"
        let config = try YAMLDecoder().decode(Config.self, from: text.utf8, file: "cai.yaml")
        #expect(config.pod?.provider == .ssh)
        #expect(config.pod?.idleStop?.seconds == 600)
        #expect(config.queues?["a"]?.command == ["sleep", "5", "x"])
    }

    @Test func emptyAndNullMeanAbsent() throws {
        for text in ["", "# all defaults\n", "pod:\nsettle: ~\n", "pod: {}\n"] {
            let config = try YAMLDecoder().decode(Config.self, from: text.utf8, file: "cai.yaml")
            #expect(config.settle == nil, "\(text)")
        }
    }

    @Test func unknownKeyFarFromAllListsThem() {
        #expect(
            problems("pod: {colour: red}\n") == [
                "cai.yaml:1:7: unknown key \"colour\" in pod; known keys: idle_stop, provider"
            ])
        #expect(problems("pod: {colour: red}\n", strict: false) == [])
    }

    @Test func wrongShapes() {
        #expect(problems("- a\n") == ["cai.yaml:1:1: expected a mapping (`key: value`), found a list"])
        #expect(problems("pod: 5\n") == ["cai.yaml:1:6: pod: expected a mapping (`key: value`), found the number 5"])
        #expect(problems("notify: ls -l\n") == ["cai.yaml:1:9: notify: expected a list, found the text \"ls -l\""])
        #expect(problems("budget: \"5\"\n") == ["cai.yaml:1:9: budget: expected a number, found the text \"5\""])
        #expect(
            problems("settle: 5\n") == [
                "cai.yaml:1:9: settle: expected a duration such as 90s, 30m, 2h or 1d, found \"5\""
            ])
    }

    @Test func syntaxErrorKeepsEarlierDuplicates() {
        let found = problems("settle: 1s\nsettle: 2s\npod: [\n")
        #expect(found.count == 2)
        #expect(found.first?.hasPrefix("cai.yaml:2:1: duplicate") == true)
    }

    @Test func severalTypesMayReadOneMapping() throws {
        let decoder = YAMLDecoder()
        #expect(try decoder.decode([Step].self, from: "[{kind: a, n: 3}]".utf8, file: "p").map(\.n) == [3])
        let (value, problems) = decoder.diagnose([Step].self, from: "- {kind: a, m: 3}\n- {n: x}\n".utf8, file: "p")
        #expect(value == nil)
        #expect(
            problems.map(\.description) == [
                "p:1:13: unknown key \"m\" in [0]; did you mean \"n\"?",
                "p:2:3: the key \"kind\" is missing in [1]",
                "p:2:7: [1].n: expected a whole number, found the text \"x\"",
            ])
    }

    @Test func customErrorsAreLocatedAtTheValue() {
        struct Positive: Decodable {
            let n: Int
            enum CodingKeys: CodingKey { case n }
            init(from decoder: any Decoder) throws {
                let container = try decoder.container(keyedBy: CodingKeys.self)
                n = try container.decode(Int.self, forKey: .n)
                guard n > 0 else {
                    throw DecodingError.dataCorruptedError(
                        forKey: .n, in: container, debugDescription: "must be above 0")
                }
            }
        }
        let found = YAMLDecoder().diagnose([String: Positive].self, from: "a:\n  n: -3\n".utf8, file: "f").problems
        #expect(found.map(\.description) == ["f:2:6: a.n: must be above 0"])
    }

    @Test func oneTextIsAListOfOne() throws {
        let decoder = YAMLDecoder()
        #expect(try decoder.decode(StringList.self, from: "a.md".utf8, file: "f").values == ["a.md"])
        #expect(try decoder.decode(StringList.self, from: "[a, b]".utf8, file: "f").values == ["a", "b"])
        let found = decoder.diagnose([String: StringList].self, from: "k: [a, {}]".utf8, file: "f").problems
        #expect(found.map(\.description) == ["f:1:8: k[1]: expected text, found a mapping"])
    }

    @Test func integersMustFit() {
        let found = YAMLDecoder().diagnose([UInt8].self, from: "[1, 300, -1]".utf8, file: "f").problems
        #expect(found.map(\.column) == [5, 10])
        #expect(found.first?.message == "[1]: expected a whole number from 0 to 255, found the number 300")
    }
}
