// Owns supervised fine-tuning on the model's own data, and the control that must fail: the same training on the same
// responses, dealt to the wrong instructions.

import CAISystem
import SystemPackage

/// Hyper-parameters as pipeline files name them; seed and threads are shared by all steps.
struct TrainingParameters: Codable, Sendable, Hashable {
    struct LoRA: Codable, Sendable, Hashable {
        var r: Int
        var alpha: Int
        var dropout: Double
    }
    var lora: LoRA
    var lr: Double
    var epochs: Double
    var max_steps: Int?
    var batch_size: Int
    var micro_batch_size: Int
    var scheduler: String
    var warmup_ratio: Double
    var beta: Double?
    var sft_weight: Double?
    var max_tokens: Int

    func options(method: String, seed: Int, threads: Int) -> TrainingOptions {
        TrainingOptions(
            method: method, lora: .init(r: lora.r, alpha: lora.alpha, dropout: lora.dropout), lr: lr, epochs: epochs,
            max_steps: max_steps, batch_size: batch_size, micro_batch_size: micro_batch_size, scheduler: scheduler,
            warmup_ratio: warmup_ratio, beta: beta, sft_weight: sft_weight, max_tokens: max_tokens, seed: seed,
            threads: threads)
    }
}

/// Leaves the adapter as a PEFT folder, the control's below `control/`.
enum TrainSFTStep: Step {
    struct Parameters: StepParameters {
        var seed: Int
        var threads: Int
        var sft: TrainingParameters
        /// Whether the control is trained too.
        var control: Bool

        static let names = ["seed", "threads", "sft", "control"]
    }
    static let kind = "train_sft"
    static let semantics = 1
    static let cache = CachePolicy.content
    static let inputs = ["sft.jsonl"]

    static func calls(_ parameters: Parameters) -> Int { parameters.control ? 2 : 1 }

    static func run(_ parameters: Parameters, _ context: StepContext) async throws -> StepFacts {
        let records = try context.records(SFTRecord.self, of: "sft.jsonl")
        let options = parameters.sft.options(method: "sft", seed: parameters.seed, threads: parameters.threads)
        let examples = records.map { TrainingData.Example(id: $0.id, prompt: $0.prompt, completion: $0.completion) }
        try await context.train(
            on: .examples(examples), options: options, to: "", for: "training on \(examples.count) examples")
        if parameters.control {
            let shuffled = control(records, seed: parameters.seed)
            try await context.train(
                on: .examples(shuffled), options: options, to: "control",
                for: "training the control on shuffled answers")
        }
        return StepFacts(
            headline: "trained on \(records.count) examples"
                + (parameters.control ? ", and a control on shuffled answers" : ""),
            provenance: ["seed": .int(parameters.seed)])
    }

    /// The same prompts and the same completions, each completion under an instruction with another answer where there is
    /// one: dealt within a type, so that only what is right is wrong, not how it looks.
    static func control(_ records: [SFTRecord], seed: Int) -> [TrainingData.Example] {
        var completions: [String: String] = [:]
        for (type, group) in Dictionary(grouping: records, by: \.type).sorted(by: { $0.key < $1.key }) {
            var generator = SeededGenerator(seed: seed, "control", type)
            var dealt = generator.shuffled(group.map(\.completion))
            // One pass of swaps takes right answers out of their places; a type with one answer only cannot be shuffled.
            for index in group.indices where dealt[index] == group[index].completion {
                let other = group.indices.first {
                    dealt[$0] != group[index].completion && group[$0].completion != dealt[index]
                }
                if let other { dealt.swapAt(index, other) }
            }
            for (record, completion) in zip(group, dealt) { completions[record.id] = completion }
        }
        return records.map {
            TrainingData.Example(id: $0.id, prompt: $0.prompt, completion: completions[$0.id] ?? $0.completion)
        }
    }
}
