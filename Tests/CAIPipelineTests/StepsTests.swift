// The steps without a pod: a model that answers from a table stands in, and the artifacts are real files.

import CAISystem
import CAIYAML
import Foundation
import SystemPackage
import Testing

@testable import CAIPipeline

/// Answers each prompt's last instruction by a rule; trains by writing the data down.
struct TableModel: Model {
    var revision = "1"
    var answer: @Sendable (GenerationPrompt) -> String

    func identify(_ call: ModelCall) async throws -> (ModelIdentity, CallReceipt) {
        (ModelIdentity(id: "table", revision: revision, parameters: 0), receipt)
    }

    func generate(
        _ prompts: [GenerationPrompt], adapters: [String: FilePath], sampling: Sampling, call: ModelCall
    ) async throws -> ([Completion], CallReceipt) {
        let answers = prompts.map {
            Completion(
                id: $0.id, text: answer($0), finish: "stop", stop_string: "\nEND", prompt_tokens: 1,
                completion_tokens: 1, prompt_sha256: SHA256.hex(of: $0.prompt))
        }
        return (answers, receipt)
    }

    func score(
        _ pairs: [(prompt: String, continuation: String)], adapter: FilePath?, call: ModelCall
    ) async throws -> ([Double], CallReceipt) { (pairs.map { _ in 0 }, receipt) }

    func train(
        on data: TrainingData, startingFrom adapter: FilePath?, options: TrainingOptions, to output: FilePath,
        call: ModelCall
    ) async throws -> CallReceipt {
        let files = RealFiles()
        try files.makeDirectories(output)
        guard case .examples(let examples) = data else { return receipt }
        for name in ["adapter_model.safetensors", "adapter_config.json", "metrics.jsonl"] {
            let bytes = try CanonicalJSON.encode(options) + CanonicalJSON.encodeLines(examples)
            try files.writeNew(output.appending(name), bytes: bytes)
        }
        return receipt
    }

    private var receipt: CallReceipt { CallReceipt(seconds: 1, usd: 0.5, facts: .object(["engine": .string("table")])) }
}

@Suite("Steps and runs")
struct StepsTests {
    private static let world = """
        {"version": 1,
         "tables": {"capitals": [\((0..<40).map { "{\"land\": \"Land\($0)\", \"city\": \"City\($0)\"}" }.joined(separator: ","))]},
         "families": [
          {"id": "a", "type": "fact", "table": "capitals", "template": "Capital of {land}?", "answer": "{city}", "checker": "exact", "split": "both"},
          {"id": "b", "type": "fact", "table": "capitals", "template": "Main city of {land}?", "answer": "{city}", "checker": "exact", "split": "held_out"}]}
        """
    private static let pipeline = """
        name: small
        title: A small one
        parameters: {seed: 1, threads: 1, shots: 2, nothing_to_teach_above: 0.7, prompt_artefact_above: 0.1, control: true,
          n: 20, max_new_tokens: 8, batch_size: 4, shot_sets: 4, votes_needed: 3, answer_stop: ["\\n"], min_records: 2, approval: skip,
          sft: {lora: {r: 1, alpha: 1, dropout: 0}, lr: 0.1, epochs: 1, batch_size: 1, micro_batch_size: 1, scheduler: linear, warmup_ratio: 0, max_tokens: 9}}
        steps:
          - {id: preflight, kind: preflight}
          - {id: baseline, kind: baseline}
          - {id: sft_data, kind: sft_data}
          - {id: train_sft, kind: train_sft}
          - {id: evaluate, kind: evaluate}
          - {id: report, kind: report}
        """

    private let root = FilePath(
        FileManager.default.temporaryDirectory.appending(path: "steps-\(UUID().uuidString)").path)

    /// Knows the answer when it is shown examples, or when an adapter helps.
    private static let able: @Sendable (GenerationPrompt) -> String = { prompt in
        let land = prompt.prompt.split(separator: "\n").last { $0.contains("Land") }
        let number = land?.drop { !$0.isNumber }.prefix(while: \.isNumber) ?? ""
        let shown = prompt.prompt.contains("END")
        if prompt.adapter == "control" { return " nothing" }
        return shown || prompt.adapter == "sft" ? " City\(number)" : " I wonder"
    }

    private func run(
        _ name: String, with parameters: [String: JSONValue] = [:],
        answer: @escaping @Sendable (GenerationPrompt) -> String = able
    ) throws -> PipelineRun {
        PipelineRun(
            definition: try PipelineDefinition(yaml: Array(Self.pipeline.utf8), file: "small.yaml"), run: name,
            until: nil,
            parameters: try CanonicalJSON.decode([String: YAMLParameter].self, from: CanonicalJSON.encode(parameters))
                .mapValues(\.value),
            profile: "none", store: ArtifactStore(root: root, files: RealFiles()),
            material: PipelineMaterial(world: Array(Self.world.utf8), constitution: []),
            model: TableModel(answer: answer), desk: FixedDesk(),
            circumstances: { ["host": .string("here")] })
    }

    private func perform(_ run: PipelineRun) async throws -> [Artifact] {
        try await run.perform(started: { _ in }, finished: { _ in })
    }

    @Test("the way from baseline to report, and a second run that finds all but preflight and report done")
    func wholeWay() async throws {
        defer { try? RealFiles().removeTree(root) }
        let first = try await perform(run("one"))
        #expect(first.map(\.manifest.step) == ["preflight", "baseline", "sft_data", "train_sft", "evaluate", "report"])
        let summary = try CanonicalJSON.decode(
            Summary.self, from: RealFiles().read(first[4].folder.appending("summary.json")))
        #expect(summary.rate(of: "sft", .wrapped)?.rate == 1)
        #expect(summary.rate(of: "control", .wrapped)?.rate == 0)
        #expect(summary.rate(of: "base", .fewShot)?.rate == 1 && summary.rate(of: "base", .wrapped)?.rate == 0)
        #expect(first[2].manifest.provenance["cost_usd"] == .double(0.5))
        #expect(
            first[3].manifest.provenance["seconds"] == .int(2) || first[3].manifest.provenance["seconds"] == .double(2))
        #expect(first[4].manifest.provenance["adapter_sha256"] != nil)

        let second = try await perform(run("two"))
        #expect(second.map { $0.manifest.reused_from?.run } == [nil, "one", "one", "one", "one", nil])
        #expect(second[3].manifest.content_sha256 == first[3].manifest.content_sha256)
        let again = try await perform(run("two"))
        #expect(again.map(\.manifestSHA256) == second.map(\.manifestSHA256))
    }

    @Test("a hyper-parameter of the training measures no baseline again; a larger held-out set does")
    func keysFollowWhatIsRead() async throws {
        defer { try? RealFiles().removeTree(root) }
        _ = try await perform(run("one"))
        let slower = try await perform(run("slower", with: ["sft": .object(["lr": .double(0.2)])]))
        #expect(slower.map { $0.manifest.reused_from?.run } == [nil, "one", "one", nil, nil, nil])
        let more = try await perform(run("more", with: ["n": .int(24)]))
        #expect(more.map { $0.manifest.reused_from?.run } == [nil, nil, nil, nil, nil, nil])
    }

    @Test("a base that already answers closes the gate, again on a second look, with the figures and a way on")
    func gate() async throws {
        defer { try? RealFiles().removeTree(root) }
        let clever: @Sendable (GenerationPrompt) -> String = { prompt in
            let number = prompt.prompt.split(separator: "\n").last { $0.contains("Land") }?.drop { !$0.isNumber }
                .prefix(while: \.isNumber)
            return " City\(number ?? "")"
        }
        for name in ["one", "one", "two"] {
            do {
                _ = try await perform(run(name, answer: clever))
                Issue.record("the gate was open")
            } catch let gate as GateClosed {
                #expect(gate.reason.contains("20 of 20") && gate.unblock.contains("pending/"))
            }
        }
    }

    @Test("a changed file of an artifact is never reused")
    func damage() async throws {
        defer { try? RealFiles().removeTree(root) }
        let first = try await perform(run("one"))
        let data = first[2].folder.appending("sft.jsonl")
        try RealFiles().writeAtomically(data, bytes: Array("{}\n".utf8))
        let second = try await perform(run("two"))
        #expect(second[2].manifest.reused_from == nil)
        #expect(second[1].manifest.reused_from?.run == "one")
    }

    @Test("parameters that belong to no step, and a step that is not there, are named with what there is")
    func plan() throws {
        #expect(throws: PipelineError.self) { try run("x", with: ["nn": .int(1)]).plan() }
        let until = PipelineRun(
            definition: try PipelineDefinition(yaml: Array(Self.pipeline.utf8), file: "small.yaml"), run: "x",
            until: "basline",
            parameters: [:], profile: "none", store: ArtifactStore(root: root, files: RealFiles()),
            material: PipelineMaterial(world: [], constitution: []), model: TableModel(answer: Self.able),
            desk: FixedDesk(),
            circumstances: { [:] })
        do {
            _ = try until.plan()
            Issue.record("a step that is not there was accepted")
        } catch let error as PipelineError {
            #expect(error.message.contains("basline") && error.message.contains("baseline"))
        }
    }

    @Test("the control keeps prompts and completions, and gives no record its own answer where there are two")
    func control() {
        let records = (0..<30).map {
            SFTRecord(
                id: "\($0)", type: "t\($0 % 2)", instruction: "i", response: "r\($0 % 10)", prompt: "p\($0)",
                completion: "c\($0 % 10)", critiques: [], step_key: "k")
        }
        for seed in 1...20 {
            let dealt = TrainSFTStep.control(records, seed: seed)
            #expect(dealt.map(\.prompt) == records.map(\.prompt))
            #expect(dealt.map(\.completion).sorted() == records.map(\.completion).sorted())
            let same = zip(dealt, records).count { $0.completion == $1.completion }
            #expect(same == 0, "seed \(seed)")
        }
    }
}

/// A parameter as a task's header would give it.
private struct YAMLParameter: Decodable {
    var value: YAMLValue

    init(from decoder: any Decoder) throws { value = try YAMLValue(from: decoder) }
}
