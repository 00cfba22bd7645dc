// Owns the pipelines for real: the tiny base model, real generation, real training, and every kind of death in the middle.
// The undisturbed run's adapter is what every disturbed run must end with, byte for byte.

import Foundation
import Testing

@Suite("Pipelines", .serialized)
struct PipelineEndToEndTests {
    private static let adapter = "train_sft/adapter_model.safetensors"
    /// Small enough for a test, the whole way all the same.
    private static let with = "with: {n: 60, shot_sets: 3, votes_needed: 2, min_records: 20, sft: {epochs: 6}}"

    private static func stage1(_ lines: String..., control: Bool = true) -> String {
        "---\npipeline: stage1\n\(with.dropLast()), control: \(control)}\n" + lines.map { $0 + "\n" }.joined()
            + "---\n# Task: Stage 1\n"
    }

    @Test("stage1: artifacts, report, notes, roadmap and status; the same task again meets the cache")
    func stage1() throws {
        let caid = try Caid(configuration: "settle: 1s\n")
        try caid.drop("20261121_P1_stage1.md", Self.stage1("roadmap: [\"Training / Train SFT model\"]"))
        let first = try caid.drain()
        try #require(first.status == 0, "\(first.output)")
        let run = "artifacts/stage1/20261121_P1_stage1"
        for step in ["preflight", "baseline", "sft_data", "train_sft", "evaluate", "report"] {
            #expect(caid.exists("\(run)/\(step)/manifest.json"))
        }
        let report = try caid.text("\(run)/report/report.md")
        #expect(report.contains("sft n=60") && report.contains("control n=60") && report.contains("base n=60"))
        let summary = try #require(
            try JSONSerialization.jsonObject(with: Data(caid.text("\(run)/evaluate/summary.json").utf8))
                as? [String: Any])
        let models = try #require(summary["models"] as? [[String: Any]])
        #expect(Set(models.compactMap { $0["name"] as? String }) == ["base", "control", "sft"])
        let notes = try caid.text("tasks/gpu/completed/20261121_P1_stage1.md")
        #expect(notes.contains("## Completion Notes") && notes.contains("`\(run)/report/`"))
        let roadmap = try caid.text("ROADMAP.md")
        #expect(roadmap.contains("- [x] Train SFT model") && roadmap.contains("### Training ✅"))
        #expect(try caid.text("status/BUDGET.md").contains("train_sft"))

        let jobs = try FileManager.default.contentsOfDirectory(atPath: caid.root.appending(path: ".caid/pod/jobs").path)
        try caid.drop("20261122_P1_stage1.md", Self.stage1())
        let second = try caid.drain()
        #expect(second.status == 0, "\(second.output)")
        let after = try FileManager.default.contentsOfDirectory(
            atPath: caid.root.appending(path: ".caid/pod/jobs").path)
        // The look at the machine is never cached; everything else is.
        #expect(after.count == jobs.count + 1)
        let again = "artifacts/stage1/20261122_P1_stage1"
        #expect(try caid.sha256("\(run)/\(Self.adapter)") == caid.sha256("\(again)/\(Self.adapter)"))
        #expect(try caid.text("\(again)/train_sft/manifest.json").contains("\"reused_from\""))
    }

    @Test("m0: one example through the whole constitutional loop and one DPO step")
    func m0() throws {
        let caid = try Caid(configuration: "settle: 1s\n")
        try caid.drop("20261121_P1_m0.md", "---\npipeline: m0\n---\n# Task: M0\n")
        let result = try caid.drain()
        try #require(result.status == 0, "\(result.output)")
        let run = "artifacts/m0/20261121_P1_m0"
        let line = try caid.text("\(run)/pairs/constitutional.jsonl")
        let record = try #require(try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any])
        for key in ["instruction", "initial_answer", "critique", "revised_answer", "step_key"] {
            #expect(record[key] is String)
        }
        let pair = try #require(record["preference_pair"] as? [String: String])
        #expect(pair["chosen"] != pair["rejected"])
        #expect(caid.exists("\(run)/train_dpo/adapter_model.safetensors"))
        let metrics = try caid.text("\(run)/train_dpo/metrics.jsonl").split(separator: "\n")
        #expect(metrics.count == 1)
    }

    @Test("kill -9 of caid, of the worker, and SIGTERM in the middle of the SFT step all end in the same adapter")
    func deaths() async throws {
        // Undisturbed, and the steps before the training for the others.
        let calm = try Caid(configuration: "settle: 1s\ncheckpoint_every: 1s\n")
        try calm.drop("20261121_P1_calm.md", Self.stage1("until: sft_data", control: false))
        try #require(try calm.drain().status == 0)
        let disturbed = try (0..<3).map { _ in
            let caid = try Caid(configuration: "settle: 1s\ncheckpoint_every: 1s\n")
            try caid.adopt(artifactsOf: calm)
            try caid.drop("20261121_P1_disturbed.md", Self.stage1("until: train_sft", control: false))
            return caid
        }
        try calm.drop("20261121_P1_calm2.md", Self.stage1("until: train_sft", control: false))
        try #require(try calm.drain().status == 0)
        let expected = try calm.sha256("artifacts/stage1/20261121_P1_calm2/\(Self.adapter)")
        let adapter = "artifacts/stage1/20261121_P1_disturbed/\(Self.adapter)"
        let completed = "tasks/gpu/completed/20261121_P1_disturbed.md"

        // The daemon is killed; the job runs on and is found again.
        let orphaned = try disturbed[0].startDraining()
        _ = try await disturbed[0].waitForTraining()
        kill(orphaned.processIdentifier, SIGKILL)
        orphaned.waitUntilExit()
        let taken = try disturbed[0].drain()
        #expect(taken.status == 0, "\(taken.output)")
        #expect(disturbed[0].exists(completed))
        #expect(disturbed[0].trainingStarts == 1)
        #expect(try disturbed[0].sha256(adapter) == expected)

        // The worker is killed; the daemon restarts it from its checkpoint.
        let watching = try disturbed[1].startDraining()
        let job = try await disturbed[1].waitForTraining()
        let pid = try Int32(
            String(contentsOf: job.appending(path: "worker.pid"), encoding: .utf8)
                .trimmingCharacters(in: .whitespacesAndNewlines))
        kill(try #require(pid), SIGKILL)
        watching.waitUntilExit()
        #expect(watching.terminationStatus == 0)
        #expect(disturbed[1].exists(completed))
        #expect(disturbed[1].trainingStarts == 2)
        #expect(try disturbed[1].sha256(adapter) == expected)

        // The daemon is asked to stop: checkpoint, 75, and the task goes on later.
        let stopped = try disturbed[2].startDraining()
        _ = try await disturbed[2].waitForTraining()
        kill(stopped.processIdentifier, SIGTERM)
        stopped.waitUntilExit()
        #expect(stopped.terminationStatus == 75)
        #expect(disturbed[2].exists("tasks/gpu/pending/20261121_P1_disturbed.md"))
        let resumed = try disturbed[2].drain()
        #expect(resumed.status == 0, "\(resumed.output)")
        #expect(try disturbed[2].sha256(adapter) == expected)
    }
}
