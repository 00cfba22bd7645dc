// Owns the model's three verbs as pod jobs: each call becomes a job whose id follows from the step's key and the call's
// number, so that a call repeated after a crash finds the job it had started.
// Never interprets an answer; docs/jobs.md describes the files.

import CAIGPU
import CAIPipeline
import CAISystem
import SystemPackage

/// `Model` on a pod, for one run.
struct PodModel: Model {
    let pod: Pod
    /// As configured.
    let base: String
    let run: String
    /// Where requests are written and results arrive, on the workstation.
    let staging: FilePath
    let checkpointEvery: Double
    let control: JobControl
    let progress: @Sendable (ModelCall, JobProgress) -> Void
    private let files = RealFiles()

    init(
        pod: Pod, base: String, run: String, staging: FilePath, checkpointEvery: Double, control: JobControl,
        progress: @escaping @Sendable (ModelCall, JobProgress) -> Void
    ) {
        (self.pod, self.base, self.run, self.staging) = (pod, base, run, staging)
        (self.checkpointEvery, self.control, self.progress) = (checkpointEvery, control, progress)
    }

    func identify(_ call: ModelCall) async throws -> (ModelIdentity, CallReceipt) {
        struct Arguments: Encodable {
            var import_deadline_s = 120
            var model: String
        }
        struct Preflight: Decodable {
            var model: ModelFacts
        }
        struct ModelFacts: Decodable {
            var id: String
            var revision: String
            var parameters: Int
        }
        // Its result depends on the machine, so another run is another job.
        return try await job(call, salt: run, "preflight", Arguments(model: base), inputs: []) { folder, receipt in
            let bytes = try files.read(folder.appending("preflight.json"))
            let found = try CanonicalJSON.decode(Preflight.self, from: bytes).model
            var facts = receipt.facts
            if case .object(var members) = facts {
                members["machine"] = try CanonicalJSON.decode(JSONValue.self, from: bytes)
                facts = .object(members)
            }
            return (
                ModelIdentity(id: found.id, revision: found.revision, parameters: found.parameters),
                CallReceipt(seconds: receipt.seconds, usd: receipt.usd, facts: facts)
            )
        }
    }

    func generate(
        _ prompts: [GenerationPrompt], adapters: [String: FilePath], sampling: Sampling, call: ModelCall
    ) async throws -> ([Completion], CallReceipt) {
        struct Arguments: Encodable {
            var model: String
            var kind = "base"
            var adapters: [String: String]
            var max_new_tokens: Int
            var temperature: Double
            var top_p: Double
            var stop: [String]
            var batch_size: Int
            var seed: Int
            var threads: Int
        }
        let requests = try request(call, CanonicalJSON.encodeLines(prompts))
        let arguments = Arguments(
            model: base,
            adapters: adapters.mapValues { _ in "" }.reduce(into: [:]) { $0[$1.key] = "inputs/adapters/\($1.key)" },
            max_new_tokens: sampling.maxNewTokens, temperature: sampling.temperature, top_p: sampling.topP,
            stop: sampling.stop, batch_size: sampling.batchSize, seed: sampling.seed, threads: sampling.threads)
        let inputs =
            [JobInput(name: "requests.jsonl", source: requests)]
            + adapters.sorted { $0.key < $1.key }
            .flatMap { adapterInputs($0.value, as: "adapters/\($0.key)") }
        return try await job(call, "generate", arguments, inputs: inputs) { folder, receipt in
            let bytes = try files.read(folder.appending("results.jsonl"), limit: .max)
            return (try CanonicalJSON.decodeLines(Completion.self, from: bytes), receipt)
        }
    }

    func score(
        _ pairs: [(prompt: String, continuation: String)], adapter: FilePath?, call: ModelCall
    ) async throws -> ([Double], CallReceipt) {
        struct Request: Encodable {
            var id: String
            var prompt: String
            var continuation: String
            var adapter: String?
        }
        struct Arguments: Encodable {
            var model: String
            var adapters: [String: String]
        }
        struct Score: Decodable {
            var logprob: Double
        }
        let lines = pairs.enumerated().map {
            Request(
                id: "\($0)", prompt: $1.prompt, continuation: $1.continuation, adapter: adapter == nil ? nil : "adapter"
            )
        }
        let requests = try request(call, CanonicalJSON.encodeLines(lines))
        let arguments = Arguments(model: base, adapters: adapter == nil ? [:] : ["adapter": "inputs/adapters/adapter"])
        let inputs =
            [JobInput(name: "requests.jsonl", source: requests)]
            + (adapter.map { adapterInputs($0, as: "adapters/adapter") } ?? [])
        return try await job(call, "score", arguments, inputs: inputs) { folder, receipt in
            let bytes = try files.read(folder.appending("results.jsonl"), limit: .max)
            return (try CanonicalJSON.decodeLines(Score.self, from: bytes).map(\.logprob), receipt)
        }
    }

    func train(
        on data: TrainingData, startingFrom adapter: FilePath?, options: TrainingOptions, to output: FilePath,
        call: ModelCall
    ) async throws -> CallReceipt {
        var arguments = try CanonicalJSON.decode(JSONValue.self, from: CanonicalJSON.encode(options))
        guard case .object(var members) = arguments else { throw UsageError("training options are no object") }
        members["model"] = .string(base)
        members["adapter"] = adapter == nil ? .null : .string("inputs/adapter")
        arguments = .object(members)
        let lines =
            switch data {
            case .examples(let examples): try CanonicalJSON.encodeLines(examples)
            case .preferences(let preferences): try CanonicalJSON.encodeLines(preferences)
            }
        let inputs =
            [JobInput(name: "data.jsonl", source: try request(call, lines))]
            + (adapter.map { adapterInputs($0, as: "adapter") } ?? [])
        return try await job(call, "train", arguments, inputs: inputs) { folder, receipt in
            try files.makeDirectories(output)
            for name in try files.files(below: folder) {
                let target = output.appending(name)
                try files.makeDirectories(target.removingLastComponent())
                try files.rename(folder.appending(name), to: target, .exclusive)
            }
            return receipt
        }
    }

    /// Runs the job of a call, lets `take` read what came home, and clears the staging folder.
    private func job<Result>(
        _ call: ModelCall, salt: String = "", _ kind: String, _ arguments: some Encodable, inputs: [JobInput],
        take: (FilePath, CallReceipt) throws -> Result
    ) async throws -> Result {
        let id = jobID(call, salt: salt)
        let request = JobRequest(
            id: id, kind: kind,
            arguments: try CanonicalJSON.decode(JSONValue.self, from: CanonicalJSON.encode(arguments)),
            inputs: inputs, staging: folder(call, salt: salt).appending("inputs"), checkpointEvery: checkpointEvery,
            task: run, step: call.step)
        let home = folder(call, salt: salt).appending("outputs")
        try files.removeTree(home)
        let done = try await pod.run(request, to: home, control: control) { progress(call, $0) }
        var facts: JSONValue = done.manifest.facts
        if case .object(var members) = facts {
            members["job"] = .string(id)
            facts = .object(members)
        }
        let result = try take(home, CallReceipt(seconds: done.seconds, usd: done.usd, facts: facts))
        try files.removeTree(folder(call, salt: salt))
        return result
    }

    private func jobID(_ call: ModelCall, salt: String) -> String {
        String(SHA256.hex(of: "\(call.stepKey)\n\(call.number)\n\(salt)").prefix(32))
    }

    private func folder(_ call: ModelCall, salt: String = "") -> FilePath { staging.appending(jobID(call, salt: salt)) }

    private func request(_ call: ModelCall, _ bytes: [UInt8]) throws -> FilePath {
        let path = folder(call).appending("request.jsonl")
        try files.makeDirectories(path.removingLastComponent())
        try files.writeAtomically(path, bytes: bytes)
        return path
    }

    private func adapterInputs(_ folder: FilePath, as name: String) -> [JobInput] {
        ["adapter_config.json", "adapter_model.safetensors"].map {
            JobInput(name: "\(name)/\($0)", source: folder.appending($0))
        }
    }
}
