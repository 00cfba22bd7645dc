// Owns putting held-out items to models in prompt forms and judging the answers: shared by baseline and evaluation, so that
// both measure in the same way. Never draws anything: answers are greedy.

import CAISystem
import SystemPackage

/// How items are put to a model; part of the keys of the steps that measure.
struct MeasuringParameters: Sendable {
    var seed: Int
    /// Examples in a few-shot prompt.
    var shots: Int
    var maxNewTokens: Int
    var batchSize: Int
    var threads: Int
}

/// Asks models and judges them.
struct Measuring {
    let context: StepContext
    let parameters: MeasuringParameters
    let maker: InstructionMaker

    init(_ context: StepContext, _ parameters: MeasuringParameters) throws {
        self.context = context
        self.parameters = parameters
        maker = InstructionMaker(world: try World(json: context.material.world), seed: parameters.seed)
    }

    /// One judgement for each item, model and form, in one job with one loaded base.
    /// - Parameters:
    ///   - series: model name and form; a model that is not `base` is the adapter of that name.
    func measure(
        _ items: [Item], _ series: [(model: String, form: PromptForm)], adapters: [String: FilePath]
    ) async throws -> [EvaluatedItem] {
        var prompts: [GenerationPrompt] = []
        for (model, form) in series {
            for item in items {
                let shots = form == .fewShot ? try self.shots(for: item) : []
                prompts.append(
                    GenerationPrompt(
                        id: "\(model)/\(form.rawValue)/\(item.id)", prompt: form.prompt(item.instruction, shots: shots),
                        adapter: adapters[model] == nil ? nil : model))
            }
        }
        let sampling = Sampling(
            maxNewTokens: parameters.maxNewTokens, temperature: 0, topP: 1, stop: PromptLayout.stops,
            batchSize: parameters.batchSize, seed: context.drawingSeed(parameters.seed), threads: parameters.threads)
        let answers = try await context.generate(
            prompts, adapters: adapters, sampling: sampling, for: "asking \(items.count) held-out items")
        var judged: [EvaluatedItem] = []
        for (index, (model, form)) in series.enumerated() {
            for (position, item) in items.enumerated() {
                let place = index * items.count + position
                judged.append(
                    EvaluatedItem(
                        item, model: model, promptForm: form, prompt: prompts[place].prompt,
                        output: try answers[place].output))
            }
        }
        return judged
    }

    /// The examples in front of an item: of its own type, another draw for each item.
    func shots(for item: Item) throws -> [Shot] {
        try maker.shots(type: item.type, count: parameters.shots, set: "few_shot/\(item.id)")
    }
}

extension Completion {
    /// As the science looks at it.
    var output: Output {
        get throws {
            guard let finish = Finish(rawValue: finish) else {
                throw PipelineError(.notEnoughData, "the worker ended '\(id)' with an unknown reason '\(finish)'")
            }
            return Output(text: text, finish: finish, stopString: stop_string)
        }
    }
}
