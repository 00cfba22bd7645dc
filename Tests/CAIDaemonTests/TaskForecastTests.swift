// Owns the tests of what a task will take before it runs: steps that are done, measured, guessed by the pipeline, or unknown.

import CAIJournal
import CAISystem
import CAIWorkflow
import Foundation
import SystemPackage
import TestSupport
import Testing

@testable import CAIDaemon
@testable import CAIPipeline

/// Answers everything at once, each call in ten seconds of pod time.
private final class InstantModel: Model {
    private let receipt = CallReceipt(seconds: 10, usd: 0.5, facts: .object([:]))

    func identify(_ call: ModelCall) async throws -> (ModelIdentity, CallReceipt) {
        return (
            ModelIdentity(id: "tiny", revision: "r", parameters: 1),
            CallReceipt(seconds: 10, usd: 0.5, facts: .object(["model": .object(["id": .string("tiny")])]))
        )
    }

    func generate(
        _ prompts: [GenerationPrompt], adapters: [String: FilePath], sampling: Sampling, call: ModelCall
    ) async throws -> ([Completion], CallReceipt) {
        let answers = prompts.map {
            Completion(
                id: $0.id, text: " \(call.step)", finish: "eos", stop_string: nil, prompt_tokens: 1,
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
        for name in ["adapter_model.safetensors", "adapter_config.json", "metrics.jsonl"] {
            try RealFiles().writeNew(output.appending(name), bytes: [])
        }
        return receipt
    }
}

private struct NoDesk: ReviewDesk {
    func ask(_ question: ReviewQuestion) throws -> ReviewAnswer { throw CancellationError() }
}

struct TaskForecastTests {
    private let folder: TemporaryFolder
    private let workspace: Workspace
    private let share: Share

    init() throws {
        folder = try TemporaryFolder()
        workspace = Workspace(root: folder.path)
        share = try Share.find(environment: [:], files: RealFiles())
    }

    private func task(_ name: String, _ header: String, queue: String = "gpu", state: String = "pending") throws {
        try folder.write("---\n\(header)\n---\n# Task: X\n", to: "tasks/\(queue)/\(state)/\(name)")
    }

    private func work(_ name: String, base: String = "tiny") throws -> (work: TaskPlanner.Work, maxUSD: Double?) {
        var config = Config()
        config.baseModel = base
        return try TaskPlanner(workspace: workspace, config: config, share: share)
            .plan(TaskFile.find(name, workspace), journal: nil)
    }

    private func plan(_ name: String, base: String = "tiny") throws -> (plan: PipelinePlan, maxUSD: Double?) {
        let (work, maxUSD) = try work(name, base: base)
        guard case .pipeline(let plan) = work else { throw UsageError("\(name) runs no pipeline") }
        return (plan, maxUSD)
    }

    private func perform(_ plan: PipelinePlan) async throws {
        let run = PipelineRun(
            definition: plan.definition, run: plan.run, until: plan.until, parameters: plan.parameters,
            profile: plan.profile, store: plan.store, material: plan.material, model: InstantModel(), desk: NoDesk(),
            circumstances: { ["timestamp": .string("2026-11-21T01:00:00.000Z")] })
        _ = try await run.perform(started: { _ in }, finished: { _ in })
    }

    @Test func beforeAnythingHasRunThePipelinesOwnFiguresCountForTheTinyModelAlone() throws {
        try task("a.md", "pipeline: m0\nmax_usd: 5")
        let (plan, maxUSD) = try plan("a")
        #expect(maxUSD == 5)
        let forecast = try TaskForecast.of(plan, model: "tiny", usdPerHour: 3.6)
        #expect(forecast.steps.map(\.step) == ["preflight", "respond", "critique", "revise", "pairs", "train_dpo"])
        #expect(forecast.steps.map(\.seconds) == [8, 6, 6, 6, 0, 15], "pairs asks no model")
        #expect(forecast.seconds == 41 && abs(forecast.usd - 0.041) < 1e-9 && forecast.unknown == [])
        #expect(try TaskForecast.seconds(plan, model: "tiny") == 41)

        let large = try self.plan("a", base: "org/large").plan
        let unknown = try TaskForecast.of(large, model: "org/large", usdPerHour: 3.6)
        #expect(unknown.unknown == ["preflight", "respond", "critique", "revise", "train_dpo"] && unknown.usd == 0)
        #expect(try TaskForecast.seconds(large, model: "org/large") == nil, "nobody can tell")
    }

    @Test func whatIsDoneCostsNothingAndWhatWasMeasuredCountsForTheRest() async throws {
        try task("a.md", "pipeline: m0")
        try await perform(plan("a").plan)
        let again = try TaskForecast.of(plan("a").plan, model: "tiny", usdPerHour: 1)
        #expect(again.steps.allSatisfy { $0.basis == .done && $0.seconds == 0 })
        #expect(try TaskForecast.seconds(plan("a").plan, model: "tiny") == 0)

        // Another run looks at its machine anew and finds the rest.
        try task("b.md", "pipeline: m0")
        let other = try TaskForecast.of(plan("b").plan, model: "tiny", usdPerHour: 1)
        #expect(other.steps.map(\.basis) == [.measured, .done, .done, .done, .done, .done])
        #expect(other.seconds == 10)

        // From the first changed step on everything is new.
        try task("c.md", "pipeline: m0\nwith: {min_pairs: 1, top_p: 0.9}\nuntil: revise")
        let changed = try TaskForecast.of(plan("c").plan, model: "tiny", usdPerHour: 360)
        #expect(changed.steps.map(\.basis) == [.measured, .measured, .measured, .measured])
        #expect(changed.seconds == 40 && changed.usd == 4)

        try task("d.md", "pipeline: m0\nwith: {dpo: {lr: 0.1}}")
        let trained = try TaskForecast.of(plan("d").plan, model: "tiny", usdPerHour: 1)
        #expect(trained.steps.map(\.basis) == [.measured, .done, .done, .done, .done, .measured])

        // What another model took says nothing about this one.
        let large = try TaskForecast.of(plan("b", base: "org/large").plan, model: "org/large", usdPerHour: 1)
        #expect(large.steps.map(\.basis) == [.unknown, .unknown, .unknown, .unknown, .none, .unknown])
    }

    /// Looking ahead and running must mean the same by "done".
    @Test func lookingAheadChangesNothing() async throws {
        try task("a.md", "pipeline: m0")
        try await perform(plan("a").plan)
        let before = try folder.names()
        try task("b.md", "pipeline: m0")
        _ = try TaskForecast.of(plan("b").plan, model: "tiny", usdPerHour: 1)
        #expect(try folder.names() == (before + ["tasks/gpu/pending/b.md"]).sorted())
        try await perform(plan("b").plan)
        let manifests = try plan("b").plan.store.manifests().filter { $0.run == "b" }
        #expect(manifests.filter { $0.reused_from == nil }.map(\.step) == ["preflight"])
    }

    private func manifest(_ seconds: Double, n: Int?, model: String = "tiny", at: String, reused: Bool = false)
        -> ArtifactManifest
    {
        ArtifactManifest(
            pipeline: "p", run: "r", step: "s", kind: "baseline", semantics: 1, step_key: "", content_sha256: "",
            parameters: .object(n.map { ["n": .int($0)] } ?? [:]), files: [:], parents: [], headline: "",
            reused_from: reused ? .init(run: "x", manifest_sha256: "") : nil,
            provenance: ["seconds": .double(seconds), "model": .string(model), "timestamp": .string(at)])
    }

    private func forecast(_ measured: [ArtifactManifest], n: Int = 300, about: Double? = 25) throws -> TaskForecast.Step
    {
        var definition = try PipelineDefinition(
            yaml: Array("name: p\ntitle: P\nsteps: [{id: s, kind: baseline}]".utf8), file: "p.yaml")
        definition.steps[0].about_s = about
        let outlook = StepOutlook(
            step: definition.steps[0], isDone: false, calls: 1, parameters: .object(["n": .int(n)]))
        return TaskForecast.step(outlook, measured: measured, model: "tiny", isTiny: true)
    }

    @Test func aLargerTaskTakesLongerInProportion() throws {
        #expect(try forecast([manifest(20, n: 100, at: "1")]).seconds == 60)
        #expect(try forecast([manifest(20, n: nil, at: "1")]).seconds == 20)
        #expect(try forecast([manifest(20, n: 100, at: "1")]).basis == .measured)
    }

    @Test func theTypicalOneOfTheNewestFiveCounts() throws {
        let many = (1...9).map { manifest(Double($0), n: 300, at: "\($0)") }
        #expect(try forecast(many).seconds == 7)
        #expect(try forecast(Array(many.prefix(4))).seconds == 2.5)
    }

    @Test func whatWasOnlyLinkedOrMadeByAnotherModelDoesNotCount() throws {
        let others = [
            manifest(1, n: 300, at: "1", reused: true), manifest(2, n: 300, model: "org/x", at: "2"),
            manifest(0, n: 300, at: "3"), manifest(.nan, n: 300, at: "4"),
        ]
        #expect(try forecast(others).basis == .pipeline)
        #expect(try forecast(others, about: nil).seconds == nil)
    }

    @Test func theSumIsAtLeastWhereSomethingIsUnknown() throws {
        try task("a.md", "pipeline: m0\nmax_usd: 0.5")
        let plan = try plan("a")
        let forecast = TaskForecast(
            steps: [
                .init(step: "a", kind: "k", seconds: 1800, basis: .measured),
                .init(step: "b", kind: "k", seconds: nil, basis: .unknown),
            ], usdPerHour: 2.69)
        let report = ForecastCommand.Report("a.md", .pipeline(plan.plan), forecast, maxUSD: plan.maxUSD)
        let text = ForecastCommand.text(report)
        #expect(text.hasPrefix("a.md: pipeline m0, at $2.69 an hour\n"))
        #expect(
            text.contains("\na     30 min           $1.35  as measured here\nb     nobody can tell         nothing of"))
        #expect(
            text.hasSuffix(
                "\nat least 30 min of pod time, at least $1.35\nthat is more than its max_usd of $0.50: it will not be started\n"
            ))
        let json = try CanonicalJSON.decode(JSONValue.self, from: CanonicalJSON.encode(report))
        #expect(json["is_at_least"] == .bool(true) && json["max_usd"] == .double(0.5))
        guard case .array(let steps)? = json["steps"] else { throw CancellationError() }
        #expect(steps[1]["seconds"] == .null && steps[1]["basis"] == .string("unknown"))
    }

    @Test func aScriptTakesWhatItTookBefore() throws {
        try folder.write("print(1)\n", to: "x.py")
        try task("a.md", "script: x.py\nargs: [fast]")
        func report() throws -> ForecastCommand.Report {
            let (work, maxUSD) = try work("a")
            return ForecastCommand.Report("a.md", work, try .of(work, Config()), maxUSD: maxUSD)
        }
        #expect(try report().is_at_least && report().script == "x.py" && report().pipeline == nil)
        for (run, argument, seconds) in [("r1", "fast", 30.0), ("r2", "slow", 900), ("r3", "fast", 50)] {
            let manifest = ScriptManifest(
                run: run, task: "t", job: run, command: ["python3", "x.py", argument], env: [:], inputs: [:],
                files: [:],
                provenance: ["seconds": .double(seconds)])
            let text = String(decoding: try CanonicalJSON.encode(manifest), as: UTF8.self)
            try folder.write(text, to: "artifacts/scripts/\(run)/manifest.json")
        }
        #expect(try report().steps == [.init(step: "x.py", kind: "script", seconds: 40, usd: 0, basis: .measured)])
        #expect(try !report().is_at_least)
    }

    @Test func whatAnAgentDoesTakesNothingOfThePod() throws {
        try task("a.md", "priority: P1", queue: "claude_code")
        let (work, _) = try work("a")
        let report = ForecastCommand.Report("a.md", work, try .of(work, Config()), maxUSD: nil)
        #expect(report.usd == 0 && !report.is_at_least)
        #expect(ForecastCommand.text(report) == "a.md names no pipeline and no script: it takes no time of the pod\n")
    }

    @Test func aTaskIsFoundByNameStemQueueOrPath() throws {
        try task("a.md", "pipeline: m0")
        for text in ["a.md", "a", "gpu/a", "gpu/a.md", folder["tasks/gpu/pending/a.md"].string] {
            #expect(try TaskFile.find(text, workspace).name == "a.md", "\(text)")
        }
        try folder.write("x", to: "drafts/z.md")
        #expect(try TaskFile.find(folder["drafts/z.md"].string, workspace).queue == nil)
        try task("a.md", "pipeline: m0", queue: "other")
        #expect(throws: UsageError.self) { try TaskFile.find("a", workspace) }
        #expect(try TaskFile.find("other/a", workspace).queue == "other")
        #expect(throws: UsageError.self) { try TaskFile.find("none", workspace) }
    }

    @Test(arguments: [
        ("script: ../x.py", "script"), ("pipeline: nowhere", "nowhere"),
        ("pipeline: m0\nuntil: rivise", "revise"), ("pipeline: m0\nwith: {nn: 1}", "min_pairs"),
        ("pipeline: [", "gpu/pending/a.md:3:1: "),
    ])
    func whatCannotBeForecastSaysWhy(header: String, words: String) throws {
        try task("a.md", header)
        do {
            _ = try TaskForecast.of(plan("a").plan, model: "tiny", usdPerHour: 1)
            Issue.record("there is a forecast")
        } catch { #expect("\(error)".contains(words), "\(error)") }
    }
}
