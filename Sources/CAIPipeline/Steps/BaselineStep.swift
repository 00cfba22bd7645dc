// Owns the baseline: the held-out items are made and fixed, then the untrained model answers them in three prompt forms.
// Its gates stop the pipeline before anything is trained that has nothing to teach.

import CAISystem

/// Writes `heldout.jsonl`, `items.jsonl`, `summary.json`, and `gate.json` where a gate is closed.
enum BaselineStep: Step {
    struct Parameters: StepParameters {
        var seed: Int
        /// Held-out items, at most.
        var n: Int
        var shots: Int
        var max_new_tokens: Int
        var batch_size: Int
        var threads: Int
        /// Above this content rate of the best zero-shot form there is nothing to teach.
        var nothing_to_teach_above: Double
        /// Zero-shot forms that differ by more than this need a person's approval.
        var prompt_artefact_above: Double
        /// `person` or `skip`.
        var approval: String

        static let names = [
            "seed", "n", "shots", "max_new_tokens", "batch_size", "threads", "nothing_to_teach_above",
            "prompt_artefact_above", "approval",
        ]
    }
    static let kind = "baseline"
    static let semantics = 1
    static let cache = CachePolicy.content
    static let material: Set<PipelineMaterial.Part> = [.world]

    static func run(_ parameters: Parameters, _ context: StepContext) async throws -> StepFacts {
        let measuring = try Measuring(
            context,
            MeasuringParameters(
                seed: parameters.seed, shots: parameters.shots, maxNewTokens: parameters.max_new_tokens,
                batchSize: parameters.batch_size, threads: parameters.threads))
        // Written and hashed before anything is generated.
        let heldOut = try measuring.maker.heldOut(limit: parameters.n)
        try context.write("heldout.jsonl", CanonicalJSON.encodeLines(heldOut.items))
        let items = try await measuring.measure(
            heldOut.items, PromptForm.allCases.map { ("base", $0) }, adapters: [:])
        let summary = try Summary(items: items)
        try context.write("items.jsonl", CanonicalJSON.encodeLines(items))
        try context.write("summary.json", CanonicalJSON.encode(summary, pretty: true))
        if let gate = try gate(summary, parameters) { try GateFile.write(gate, context) }
        let best = summary.bestZeroShot(of: "base")
        return StepFacts(
            headline: "base answers \(best?.correct ?? 0) of \(best?.n ?? 0) held-out items without examples",
            provenance: [
                "held_out_sha256": .string(heldOut.sha256), "seed": .int(parameters.seed),
            ])
    }

    private static func gate(_ summary: Summary, _ parameters: Parameters) throws -> GateClosed? {
        let again = "; then move the file back to pending/"
        if case .closed(let reason, let unblock) = try Gate.nothingToTeach(
            summary, limit: parameters.nothing_to_teach_above)
        {
            return GateClosed(reason: reason, unblock: unblock + again)
        }
        guard parameters.approval != "skip" else { return nil }
        if case .needsApproval(let reason, _) = try Gate.promptArtefact(
            summary, limit: parameters.prompt_artefact_above)
        {
            return GateClosed(reason: reason, unblock: "to approve, set `with: {approval: skip}` in the task" + again)
        }
        return nil
    }
}
