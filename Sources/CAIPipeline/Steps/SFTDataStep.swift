// Owns the training data that the model makes for itself: each instruction answered after several independent sets of
// examples, kept where a majority agrees and no filter objects.
// Never shows or trains on a held-out fact, and never writes a right answer of its own into the data.

import CAISystem

/// One line of `sft.jsonl`.
struct SFTRecord: Codable, Sendable, Hashable {
    var id: String
    var type: String
    var instruction: String
    var response: String
    /// What is trained on: the wrapped form.
    var prompt: String
    var completion: String
    /// Judgements by a critic model; empty where none was used.
    var critiques: [String]
    var step_key: String
}

/// Writes `sft.jsonl`, `generations.jsonl` (every prompt as it was sent, with its answer) and `filters.json`.
enum SFTDataStep: Step {
    struct Parameters: StepParameters {
        var seed: Int
        var shots: Int
        /// Independent sets of examples for each instruction.
        var shot_sets: Int
        /// How many of the answers must agree.
        var votes_needed: Int
        /// Texts that end an answer. A base that never saw END goes on after its line; then the line's end has to do.
        var answer_stop: [String]
        /// Fewer records than this close the gate.
        var min_records: Int
        var max_new_tokens: Int
        var batch_size: Int
        var threads: Int

        static let names = [
            "seed", "shots", "shot_sets", "votes_needed", "answer_stop", "min_records", "max_new_tokens", "batch_size",
            "threads",
        ]
    }
    static let kind = "sft_data"
    static let semantics = 1
    static let cache = CachePolicy.content
    static let inputs = ["heldout.jsonl"]
    static let material: Set<PipelineMaterial.Part> = [.world]

    private struct Generation: Codable {
        var id: String
        var prompt: String
        var output: Output
    }

    static func run(_ parameters: Parameters, _ context: StepContext) async throws -> StepFacts {
        let heldOut = try context.records(Item.self, of: "heldout.jsonl")
        let maker = InstructionMaker(world: try World(json: context.material.world), seed: parameters.seed)
        let instructions = try maker.training(.sft)
        let prompts = try instructions.flatMap { item in
            try (0..<parameters.shot_sets).map { set in
                let shots = try maker.shots(type: item.type, count: parameters.shots, set: "sft/\(item.id)/\(set)")
                return GenerationPrompt(
                    id: "\(item.id)/\(set)", prompt: PromptForm.fewShot.prompt(item.instruction, shots: shots))
            }
        }
        let sampling = Sampling(
            maxNewTokens: parameters.max_new_tokens, temperature: 0, topP: 1, stop: parameters.answer_stop,
            batchSize: parameters.batch_size, seed: context.drawingSeed(parameters.seed), threads: parameters.threads)
        let answers = try await context.generate(
            prompts, sampling: sampling, for: "answering \(instructions.count) training instructions")

        let outputs = try answers.map { try $0.output }
        let candidates = instructions.enumerated().map { index, item in
            let from = index * parameters.shot_sets
            return Candidate(item: item, samples: Array(outputs[from..<(from + parameters.shot_sets)]))
        }
        let (kept, report) = FilterChain.standard(votesNeeded: parameters.votes_needed).run(
            candidates, heldOut: heldOut)
        let records = kept.map { candidate in
            SFTRecord(
                id: candidate.item.id, type: candidate.item.type, instruction: candidate.item.instruction,
                response: candidate.response, prompt: PromptLayout.wrapped(candidate.item.instruction),
                completion: PromptLayout.completion(candidate.response), critiques: [], step_key: context.key)
        }
        try context.write("sft.jsonl", CanonicalJSON.encodeLines(records))
        try context.write(
            "generations.jsonl",
            CanonicalJSON.encodeLines(
                zip(prompts, outputs).map { Generation(id: $0.id, prompt: $0.prompt, output: $1) }))
        try context.write("filters.json", CanonicalJSON.encode(report, pretty: true))
        if let gate = gate(records.count, of: candidates.count, report, parameters) {
            try GateFile.write(gate, context)
        }
        return StepFacts(
            headline: "\(records.count) of \(candidates.count) self-made examples kept",
            provenance: ["seed": .int(parameters.seed)])
    }
    /// Too few records, or a rule that dropped over half of a type: such a rule does not clean the data, it decides it.
    private static func gate(
        _ kept: Int, of candidates: Int, _ report: FilterReport, _ parameters: Parameters
    ) -> GateClosed? {
        let again = "; then move the file back to pending/"
        if kept < parameters.min_records {
            return GateClosed(
                reason: "only \(kept) of \(candidates) self-made examples passed the filters; "
                    + "\(parameters.min_records) are needed (filters.json says which rule dropped what)",
                unblock: "lower min_records or votes_needed in the task's `with`, or use a better base model" + again)
        }
        let excessive = report.excessive()
        guard !excessive.isEmpty else { return nil }
        let figures = excessive.map { "\($0.rule) dropped \($0.dropped) of \($0.of) of type \($0.type)" }
        return GateClosed(
            reason: figures.joined(separator: "; ") + ": more than half",
            unblock: "look at generations.jsonl; lower votes_needed, or leave the type out" + again)
    }
}
