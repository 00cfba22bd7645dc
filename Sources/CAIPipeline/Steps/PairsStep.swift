// Owns making preference pairs out of revisions: the revised answer is chosen, the first one rejected.
// Never makes a pair of two equal answers; it says how many it left out.

import CAISystem

/// A line of `constitutional.jsonl`.
struct ConstitutionalRecord: Codable, Sendable, Hashable {
    struct Pair: Codable, Sendable, Hashable {
        var prompt: String
        var chosen: String
        var rejected: String
    }
    var instruction: String
    var initial_answer: String
    var principle: Turn.Principle
    var critique: String
    var revised_answer: String
    var preference_pair: Pair
    var step_key: String
}

/// A line of `preferences.jsonl`.
struct PreferenceRecord: Codable, Sendable, Hashable {
    var id: String
    var prompt: String
    var chosen: String
    var rejected: String
    /// `best_of_n`, `hard_negative` or `revision`.
    var source: String
    /// Nats by which the chosen answer is preferred, where something measured it.
    var margin: Double?
    var step_key: String
}

/// Writes `constitutional.jsonl` and `preferences.jsonl`.
enum PairsStep: Step {
    struct Parameters: StepParameters {
        /// Fewer pairs than this close the gate.
        var min_pairs: Int

        static let names = ["min_pairs"]
    }
    static let kind = "pairs"
    static let semantics = 1
    static let cache = CachePolicy.content
    static let inputs = ["turns.jsonl"]

    static func calls(_ parameters: Parameters) -> Int { 0 }

    static func run(_ parameters: Parameters, _ context: StepContext) async throws -> StepFacts {
        let turns = try context.records(Turn.self, of: "turns.jsonl")
        var records: [ConstitutionalRecord] = []
        var preferences: [PreferenceRecord] = []
        for turn in turns {
            guard let principle = turn.principle, let critique = turn.critique, let revised = turn.revised_answer,
                revised != turn.initial_answer
            else { continue }
            let pair = ConstitutionalRecord.Pair(
                prompt: PromptLayout.wrapped(turn.instruction), chosen: PromptLayout.completion(revised),
                rejected: PromptLayout.completion(turn.initial_answer))
            records.append(
                ConstitutionalRecord(
                    instruction: turn.instruction, initial_answer: turn.initial_answer, principle: principle,
                    critique: critique, revised_answer: revised, preference_pair: pair, step_key: context.key))
            preferences.append(
                PreferenceRecord(
                    id: turn.id, prompt: pair.prompt, chosen: pair.chosen, rejected: pair.rejected, source: "revision",
                    margin: nil, step_key: context.key))
        }
        try context.write("constitutional.jsonl", CanonicalJSON.encodeLines(records))
        try context.write("preferences.jsonl", CanonicalJSON.encodeLines(preferences))
        if preferences.count < parameters.min_pairs {
            try GateFile.write(
                GateClosed(
                    reason: "only \(preferences.count) of \(turns.count) revisions differ from the first answer; "
                        + "\(parameters.min_pairs) pairs are needed",
                    unblock: "set another `with: {seed: …}` or a higher temperature and move the file back to pending/"),
                context)
        }
        return StepFacts(headline: "\(preferences.count) preference pairs of \(turns.count) turns")
    }
}

/// Direct preference optimisation on the pairs, from the SFT adapter where one was trained before. Leaves a PEFT folder.
enum TrainDPOStep: Step {
    struct Parameters: StepParameters {
        var seed: Int
        var threads: Int
        var dpo: TrainingParameters

        static let names = ["seed", "threads", "dpo"]
    }
    static let kind = "train_dpo"
    static let semantics = 1
    static let cache = CachePolicy.content
    static let inputs = ["preferences.jsonl", "adapter_model.safetensors", "adapter_config.json"]

    static func run(_ parameters: Parameters, _ context: StepContext) async throws -> StepFacts {
        let pairs = try context.records(PreferenceRecord.self, of: "preferences.jsonl").map {
            TrainingData.Preference(id: $0.id, prompt: $0.prompt, chosen: $0.chosen, rejected: $0.rejected)
        }
        let start = (try? context.input("adapter_model.safetensors"))?.removingLastComponent()
        try await context.train(
            on: .preferences(pairs), startingFrom: start,
            options: parameters.dpo.options(method: "dpo", seed: parameters.seed, threads: parameters.threads), to: "",
            for: "training on \(pairs.count) preference pairs")
        return StepFacts(
            headline: "trained on \(pairs.count) preference pairs", provenance: ["seed": .int(parameters.seed)])
    }
}
