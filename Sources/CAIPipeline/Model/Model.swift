// Owns the port to the language model: three verbs, each one job on a pod, plus the question which model that is.
// Implemented by whoever composes the daemon. Never knows where the pod is or what it costs per hour.

import CAISystem
import SystemPackage

/// Which call of which step this is: job ids are made from it, so a call that is repeated after a crash is the same job.
public struct ModelCall: Sendable, Hashable {
    public var step: String
    public var stepKey: String
    /// 0, 1, 2, … in the order in which the step makes its calls.
    public var number: Int
    /// How many calls the step makes.
    public var total: Int
    /// What the call is for, in words for a progress line.
    public var purpose: String
}

/// Exactly which weights answer.
public struct ModelIdentity: Codable, Sendable, Hashable {
    /// As configured: `tiny`, a Hugging Face id, or a path.
    public var id: String
    /// The sha256 of the weights, or the pinned revision.
    public var revision: String
    /// How many.
    public var parameters: Int

    public init(id: String, revision: String, parameters: Int) {
        (self.id, self.revision, self.parameters) = (id, revision, parameters)
    }
}

/// What a call took, and facts for the manifest that the result does not depend on (versions, device).
public struct CallReceipt: Sendable {
    public var seconds: Double
    public var usd: Double
    public var facts: JSONValue

    public init(seconds: Double, usd: Double, facts: JSONValue) {
        (self.seconds, self.usd, self.facts) = (seconds, usd, facts)
    }
}

/// One prompt, sent byte for byte as it stands here: no template, no special tokens.
public struct GenerationPrompt: Codable, Sendable, Hashable {
    public var id: String
    public var prompt: String
    /// The name of the adapter that answers; nil is the base model.
    public var adapter: String?

    public init(id: String, prompt: String, adapter: String? = nil) {
        (self.id, self.prompt, self.adapter) = (id, prompt, adapter)
    }
}

/// How completions are drawn.
public struct Sampling: Codable, Sendable, Hashable {
    public var maxNewTokens: Int
    /// 0 is greedy.
    public var temperature: Double
    public var topP: Double
    /// Generation ends where one of these texts appears.
    public var stop: [String]
    public var batchSize: Int
    public var seed: Int
    public var threads: Int

    public init(
        maxNewTokens: Int, temperature: Double, topP: Double, stop: [String], batchSize: Int, seed: Int, threads: Int
    ) {
        (self.maxNewTokens, self.temperature, self.topP, self.stop) = (maxNewTokens, temperature, topP, stop)
        (self.batchSize, self.seed, self.threads) = (batchSize, seed, threads)
    }

    /// As manifests name them.
    var provenance: [String: JSONValue] {
        [
            "temperature": .double(temperature), "top_p": .double(topP), "max_tokens": .int(maxNewTokens),
            "stop": .array(stop.map(JSONValue.string)), "drawing_seed": .int(seed), "batch_size": .int(batchSize),
        ]
    }
}

/// One answer. `text` ends before the stop string; `finish` is `stop`, `eos` or `length`.
public struct Completion: Codable, Sendable, Hashable {
    public var id: String
    public var text: String
    public var finish: String
    public var stop_string: String?
    public var prompt_tokens: Int
    public var completion_tokens: Int
    public var prompt_sha256: String
}

/// How an adapter is trained. Names and meanings are those of docs/jobs.md.
public struct TrainingOptions: Codable, Sendable, Hashable {
    public struct LoRA: Codable, Sendable, Hashable {
        public var r: Int
        public var alpha: Int
        public var dropout: Double
    }
    /// `sft` or `dpo`.
    public var method: String
    public var lora: LoRA
    public var lr: Double
    public var epochs: Double
    public var max_steps: Int?
    public var batch_size: Int
    public var micro_batch_size: Int
    public var scheduler: String
    public var warmup_ratio: Double
    /// DPO's temperature.
    public var beta: Double?
    /// DPO: the weight of the chosen answer's own likelihood, which keeps the end marker from eroding.
    public var sft_weight: Double?
    /// Records longer than this many tokens are dropped, and counted.
    public var max_tokens: Int
    public var seed: Int
    public var threads: Int
}

/// The model behind the port.
public protocol Model: Sendable {
    /// Makes sure the pod and the model are fit for work, and says which model it is.
    func identify(_ call: ModelCall) async throws -> (ModelIdentity, CallReceipt)
    /// Completions in the order of the prompts. `adapters` maps names to PEFT folders here.
    func generate(
        _ prompts: [GenerationPrompt], adapters: [String: FilePath], sampling: Sampling, call: ModelCall
    ) async throws -> ([Completion], CallReceipt)
    /// Log-probabilities (nats, summed over the continuation's tokens), in the order of the requests.
    func score(
        _ pairs: [(prompt: String, continuation: String)], adapter: FilePath?, call: ModelCall
    ) async throws -> ([Double], CallReceipt)
    /// Trains and leaves a PEFT folder with `metrics.jsonl` at `output`, which must not exist.
    func train(
        on data: TrainingData, startingFrom adapter: FilePath?, options: TrainingOptions, to output: FilePath,
        call: ModelCall
    ) async throws -> CallReceipt
}

/// What a training run reads.
public enum TrainingData: Sendable {
    public struct Example: Codable, Sendable, Hashable {
        public var id: String
        public var prompt: String
        public var completion: String
    }
    public struct Preference: Codable, Sendable, Hashable {
        public var id: String
        public var prompt: String
        public var chosen: String
        public var rejected: String
    }
    case examples([Example])
    case preferences([Preference])
}
