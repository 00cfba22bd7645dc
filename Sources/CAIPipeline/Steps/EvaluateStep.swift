// Owns the comparison: base, control and trained model answer the same held-out items in one sitting, on one loaded base.
// Never compares with figures from another sitting; the locked baseline is only a drift check.

import CAISystem
import SystemPackage

/// Writes `items.jsonl` and `summary.json`.
enum EvaluateStep: Step {
    struct Parameters: StepParameters {
        var seed: Int
        var shots: Int
        var max_new_tokens: Int
        var batch_size: Int
        var threads: Int

        static let names = ["seed", "shots", "max_new_tokens", "batch_size", "threads"]
    }
    static let kind = "evaluate"
    static let semantics = 1
    static let cache = CachePolicy.content
    static let inputs = [
        "heldout.jsonl", "adapter_model.safetensors", "adapter_config.json", "control/adapter_model.safetensors",
        "control/adapter_config.json",
    ]
    static let material: Set<PipelineMaterial.Part> = [.world]

    static func run(_ parameters: Parameters, _ context: StepContext) async throws -> StepFacts {
        let measuring = try Measuring(
            context,
            MeasuringParameters(
                seed: parameters.seed, shots: parameters.shots, maxNewTokens: parameters.max_new_tokens,
                batchSize: parameters.batch_size, threads: parameters.threads))
        let heldOut = try context.records(Item.self, of: "heldout.jsonl")
        var adapters = ["sft": try context.input("adapter_model.safetensors").removingLastComponent()]
        var series: [(model: String, form: PromptForm)] = PromptForm.allCases.map { ("base", $0) }
        if let control = try? context.input("control/adapter_model.safetensors") {
            adapters["control"] = control.removingLastComponent()
            series.append(("control", .wrapped))
        }
        series.append(("sft", .wrapped))
        let items = try await measuring.measure(heldOut, series, adapters: adapters)
        let summary = try Summary(items: items)
        try context.write("items.jsonl", CanonicalJSON.encodeLines(items))
        try context.write("summary.json", CanonicalJSON.encode(summary, pretty: true))
        let sft = summary.rate(of: "sft", .wrapped)
        return StepFacts(
            headline: "sft answers \(sft?.correct ?? 0) of \(sft?.n ?? 0) held-out items",
            provenance: ["seed": .int(parameters.seed)])
    }
}
