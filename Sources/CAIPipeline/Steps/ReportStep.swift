// Owns gathering what a report says from the artifacts before it; the words are Report's.
// Never cached, since it names times and costs; never measures anything itself.

import CAISystem

/// Writes `report.md`, and `summary.txt` for a terminal.
enum ReportStep: Step {
    struct Parameters: StepParameters {
        var seed: Int
        var shots: Int

        static let names = ["seed", "shots"]
    }
    static let kind = "report"
    static let semantics = 1
    static let cache = CachePolicy.never

    static func calls(_ parameters: Parameters) -> Int { 0 }

    static func run(_ parameters: Parameters, _ context: StepContext) async throws -> StepFacts {
        let files = context.files
        func bytes(_ name: String) throws -> [UInt8] {
            guard let artifact = context.artifacts.last(where: { $0.manifest.files[name] != nil }) else {
                throw PipelineError(.notEnoughData, "the report needs \(name), which no step before it makes")
            }
            return try files.read(artifact.folder.appending(name), limit: .max)
        }
        let summary = try CanonicalJSON.decode(Summary.self, from: bytes("summary.json"))
        let items = try CanonicalJSON.decodeLines(EvaluatedItem.self, from: bytes("items.jsonl"))
        let heldOut = try CanonicalJSON.decodeLines(Item.self, from: bytes("heldout.jsonl"))
        let facts = try facts(parameters, context, heldOut: heldOut, filters: try? bytes("filters.json"))
        let report = Report(summary, items: items, heldOut: heldOut, facts: facts)
        try context.write("report.md", Array(report.markdown.utf8))
        let demo = DemoSummary(summary, items: items, heldOut: heldOut)
        let text = demo.examples + "\n\n" + demo.lastLines.joined(separator: "\n") + "\n"
        try context.write("summary.txt", Array(text.utf8))
        return StepFacts(headline: demo.lastLines.last ?? "report written")
    }

    private static func facts(
        _ parameters: Parameters, _ context: StepContext, heldOut: [Item], filters: [UInt8]?
    ) throws -> RunFacts {
        let training = context.artifacts.last { $0.manifest.kind == TrainSFTStep.kind }
        var settings: [RunFacts.Setting] = []
        if case .object(let members)? = training?.manifest.parameters["sft"] {
            settings = try members.sorted { $0.key < $1.key }.map {
                RunFacts.Setting($0.key, String(decoding: try CanonicalJSON.encode($0.value), as: UTF8.self))
            }
        }
        let counts = context.artifacts.flatMap { artifact in
            artifact.manifest.files.sorted { $0.key < $1.key }.compactMap { name, file in
                file.lines.map { RunFacts.Setting("\(artifact.manifest.step)/\(name)", "\($0)") }
            }
        }
        let manifests = context.artifacts.map(\.manifest)
        return RunFacts(
            pipeline: manifests.first?.pipeline ?? "", run: manifests.first?.run ?? "",
            model: context.model?.id ?? "unknown", modelRevision: context.model?.revision ?? "unknown",
            heldOutSHA256: try HeldOut(heldOut).sha256, seed: parameters.seed, shots: parameters.shots,
            hyperparameters: settings, counts: counts,
            seconds: manifests.reduce(0) { $0 + ($1.provenance["seconds"]?.doubleValue ?? 0) },
            usd: manifests.reduce(0) { $0 + ($1.provenance["cost_usd"]?.doubleValue ?? 0) },
            filterReport: try filters.map { try CanonicalJSON.decode(FilterReport.self, from: $0) },
            reproduce:
                "printf -- '---\\npipeline: \(manifests.first?.pipeline ?? "stage1")\\nwith: {seed: \(parameters.seed)}\\n---\\n' | "
                + "caid submit - --queue gpu --name reproduce.md && caid run --drain")
    }
}
