// Owns everything a step may touch: its folder, the artifacts before it, the model, the material it is given.
// Never gives access to anything else; a step has no clock and no network.

import CAISystem
import Synchronization
import SystemPackage

/// Texts that come with the product or the workspace and that steps read.
public struct PipelineMaterial: Sendable {
    public enum Part: String, Sendable, CaseIterable { case world, constitution }
    /// The tiny model's world, from which instructions and held-out items are made.
    public var world: [UInt8]
    public var constitution: [UInt8]

    public init(world: [UInt8], constitution: [UInt8]) { (self.world, self.constitution) = (world, constitution) }

    func bytes(of part: Part) -> [UInt8] {
        switch part {
        case .world: world
        case .constitution: constitution
        }
    }
}

/// What a running step sees.
public struct StepContext: Sendable {
    public let run: String
    public let step: String
    public let key: String
    /// How many model calls the step will make, for progress.
    let expectedCalls: Int
    /// Where the step puts its data; it exists and is empty.
    public let output: FilePath
    /// Artifacts of the earlier steps of this run, in order; a cached step reads from `input` alone.
    public let artifacts: [Artifact]
    private let inputs: [String: FilePath]
    /// The model as the preflight found it.
    public let model: ModelIdentity?
    public let material: PipelineMaterial
    public let files: any FileOperations
    let port: any Model
    let desk: any ReviewDesk
    private let calls = CallCounter()

    init(
        run: String, step: String, key: String, expectedCalls: Int, output: FilePath, artifacts: [Artifact],
        inputs: [String: FilePath], model: ModelIdentity?, material: PipelineMaterial,
        files: any FileOperations, port: any Model, desk: any ReviewDesk
    ) {
        (self.inputs, self.expectedCalls) = (inputs, expectedCalls)
        (self.run, self.desk) = (run, desk)
        (self.step, self.key, self.output, self.artifacts) = (step, key, output, artifacts)
        (self.model, self.material, self.files, self.port) = (model, material, files, port)
    }

    /// A file of an earlier artifact; the step's kind has declared that it reads it.
    /// - Throws: `PipelineError` naming the file, where it is undeclared, or where no step before this one makes it.
    public func input(_ name: String) throws -> FilePath {
        guard let path = inputs[name] else {
            throw PipelineError(
                .notEnoughData,
                "the step '\(step)' needs \(name), which no step before it makes: check the pipeline's order")
        }
        return path
    }

    /// The records of a JSONL input.
    func records<Record: Decodable>(_ type: Record.Type, of name: String) throws -> [Record] {
        try CanonicalJSON.decodeLines(type, from: files.read(input(name), limit: .max))
    }

    public func write(_ name: String, _ bytes: [UInt8]) throws {
        let path = output.appending(name)
        try files.makeDirectories(path.removingLastComponent())
        try files.create(path, bytes: bytes, mode: [.ownerReadWrite, .groupRead, .otherRead])
    }

    public func identify() async throws -> ModelIdentity {
        let (identity, receipt) = try await port.identify(nextCall("checking the machine and the model"))
        calls.add(receipt)
        return identity
    }

    public func generate(
        _ prompts: [GenerationPrompt], adapters: [String: FilePath] = [:], sampling: Sampling, for purpose: String
    ) async throws -> [Completion] {
        if prompts.isEmpty { return [] }
        let (completions, receipt) = try await port.generate(
            prompts, adapters: adapters, sampling: sampling, call: nextCall(purpose))
        calls.add(receipt, try sampling.provenance.merging(adapterDigests(adapters)) { $1 })
        guard completions.map(\.id) == prompts.map(\.id) else {
            throw PipelineError(.notEnoughData, "the worker's answers are not those to the prompts that were sent")
        }
        return completions
    }

    /// Trains an adapter into the folder `name` of the output; `""` is the output itself.
    public func train(
        on data: TrainingData, startingFrom adapter: FilePath? = nil, options: TrainingOptions, to name: String,
        for purpose: String
    ) async throws {
        let target = name.isEmpty ? output : output.appending(name)
        let receipt = try await port.train(
            on: data, startingFrom: adapter, options: options, to: target, call: nextCall(purpose))
        calls.add(receipt)
    }

    private func adapterDigests(_ adapters: [String: FilePath]) throws -> [String: JSONValue] {
        guard !adapters.isEmpty else { return [:] }
        let digests = try adapters.mapValues {
            JSONValue.string(try SHA256.hex(ofFile: $0.appending("adapter_model.safetensors")))
        }
        return ["adapter_sha256": .object(digests)]
    }

    /// A seed for drawing in this step: of the task's seed and the step's key, so that two steps never draw alike.
    func drawingSeed(_ seed: Int) -> Int {
        Int(SHA256.hex(of: "\(seed)\n\(key)").prefix(12), radix: 16) ?? seed
    }

    /// Seconds, USD and the last call's facts so far.
    var receipts: CallReceipt { calls.sum }

    private func nextCall(_ purpose: String) -> ModelCall {
        ModelCall(step: step, stepKey: key, number: calls.next(), total: expectedCalls, purpose: purpose)
    }
}

/// Numbers a step's model calls and adds up what they took.
private final class CallCounter: Sendable {
    private let state = Mutex((count: 0, receipt: CallReceipt(seconds: 0, usd: 0, facts: .object([:]))))

    var sum: CallReceipt { state.withLock { $0.receipt } }

    func next() -> Int {
        state.withLock { state in
            defer { state.count += 1 }
            return state.count
        }
    }

    /// The newest call's facts stand for the step; all of them ran on the same worker.
    func add(_ receipt: CallReceipt, _ settings: [String: JSONValue] = [:]) {
        var facts = settings
        if case .object(let members) = receipt.facts { facts.merge(members) { $1 } }
        state.withLock {
            $0.receipt.seconds += receipt.seconds
            $0.receipt.usd += receipt.usd
            $0.receipt.facts = .object(facts)
        }
    }
}
