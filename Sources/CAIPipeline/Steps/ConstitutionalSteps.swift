// Owns the three generating turns of the constitutional loop: answer, critique against a principle, revision. Each writes
// all it knows so far, so that the next reads one file.
// Never judges what the model says; a later step or a person does.

import CAISystem

/// One example on its way through the loop; a line of `turns.jsonl`.
struct Turn: Codable, Sendable, Hashable {
    struct Principle: Codable, Sendable, Hashable {
        var id: String
        var text: String
    }
    var id: String
    var instruction: String
    var initial_answer: String
    var principle: Principle?
    var critique: String?
    var revised_answer: String?
}

/// Sampling as pipeline files set it for the loop.
struct LoopParameters: StepParameters {
    var seed: Int
    var temperature: Double
    var top_p: Double
    var max_new_tokens: Int
    var batch_size: Int
    var threads: Int

    static let names = ["seed", "temperature", "top_p", "max_new_tokens", "batch_size", "threads"]

    func sampling(_ context: StepContext, stop: [String]) -> Sampling {
        Sampling(
            maxNewTokens: max_new_tokens, temperature: temperature, topP: top_p, stop: stop, batchSize: batch_size,
            seed: context.drawingSeed(seed), threads: threads)
    }
}

/// Instruction → first answer. Writes `turns.jsonl`.
enum RespondStep: Step {
    struct Parameters: StepParameters {
        var instructions: [String]
        var loop: LoopParameters

        static let names = ["instructions"] + LoopParameters.names

        private enum Keys: String, CodingKey { case instructions }

        init(from decoder: any Decoder) throws {
            instructions = try decoder.container(keyedBy: Keys.self).decode([String].self, forKey: .instructions)
            loop = try LoopParameters(from: decoder)
        }

        func encode(to encoder: any Encoder) throws {
            var container = encoder.container(keyedBy: Keys.self)
            try container.encode(instructions, forKey: .instructions)
            try loop.encode(to: encoder)
        }
    }
    static let kind = "respond"
    static let semantics = 1
    static let cache = CachePolicy.content

    static func run(_ parameters: Parameters, _ context: StepContext) async throws -> StepFacts {
        let prompts = parameters.instructions.enumerated().map { index, instruction in
            GenerationPrompt(id: "\(index + 1)", prompt: ConstitutionalPrompts.answer(instruction))
        }
        let answers = try await context.generate(
            prompts, sampling: parameters.loop.sampling(context, stop: ConstitutionalPrompts.stops), for: "answering")
        let turns = zip(parameters.instructions, answers).map {
            Turn(id: $1.id, instruction: $0, initial_answer: $1.text.trimmed)
        }
        try context.write("turns.jsonl", CanonicalJSON.encodeLines(turns))
        return StepFacts(headline: "\(turns.count) answered", provenance: ["seed": .int(parameters.loop.seed)])
    }
}

/// Answer → critique against a principle drawn by seed. Writes `turns.jsonl`.
enum CritiqueStep: Step {
    typealias Parameters = LoopParameters
    static let kind = "critique"
    static let semantics = 1
    static let cache = CachePolicy.content
    static let inputs = ["turns.jsonl"]
    static let material: Set<PipelineMaterial.Part> = [.constitution]

    static func run(_ parameters: LoopParameters, _ context: StepContext) async throws -> StepFacts {
        let constitution = try Constitution(yaml: context.material.constitution)
        var turns = try context.records(Turn.self, of: "turns.jsonl")
        let principles = turns.flatMap { constitution.principles(for: $0.id, seed: parameters.seed) }
        let prompts = zip(turns, principles).map {
            GenerationPrompt(
                id: $0.id,
                prompt: ConstitutionalPrompts.critique($0.instruction, answer: $0.initial_answer, principle: $1))
        }
        let critiques = try await context.generate(
            prompts, sampling: parameters.sampling(context, stop: ConstitutionalPrompts.stops), for: "criticising")
        for index in turns.indices {
            turns[index].principle = .init(id: principles[index].id, text: principles[index].text)
            turns[index].critique = critiques[index].text.trimmed
        }
        try context.write("turns.jsonl", CanonicalJSON.encodeLines(turns))
        return StepFacts(headline: "\(turns.count) criticised", provenance: ["seed": .int(parameters.seed)])
    }
}

/// Critique → revised answer. Writes `turns.jsonl`.
enum ReviseStep: Step {
    typealias Parameters = LoopParameters
    static let kind = "revise"
    static let semantics = 1
    static let cache = CachePolicy.content
    static let inputs = ["turns.jsonl"]

    static func run(_ parameters: LoopParameters, _ context: StepContext) async throws -> StepFacts {
        var turns = try context.records(Turn.self, of: "turns.jsonl")
        let prompts = try turns.map { turn in
            guard let principle = turn.principle, let critique = turn.critique else {
                throw PipelineError(.notEnoughData, "the answer '\(turn.id)' has no critique to revise it by")
            }
            return GenerationPrompt(
                id: turn.id,
                prompt: ConstitutionalPrompts.revision(
                    turn.instruction, answer: turn.initial_answer,
                    principle: Principle(id: principle.id, text: principle.text, category: .helpful), critique: critique
                ))
        }
        let revisions = try await context.generate(
            prompts, sampling: parameters.sampling(context, stop: ConstitutionalPrompts.stops), for: "revising")
        for index in turns.indices { turns[index].revised_answer = revisions[index].text.trimmed }
        try context.write("turns.jsonl", CanonicalJSON.encodeLines(turns))
        return StepFacts(headline: "\(turns.count) revised", provenance: ["seed": .int(parameters.seed)])
    }
}
