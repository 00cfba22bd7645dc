// Owns a report with something in every corner, for the tests of the status files.

import CAIWorkflow

enum StatusFixture {
    static func report(at: String = "2026-11-21T01:30:00.000Z", running: Bool = true, why: String = "next")
        -> StatusReport
    {
        StatusReport(
            at: at, daemon: .init(running: running, pid: running ? 42 : nil, last_scan: nil),
            queues: [
                .init(
                    name: "gpu", pending: [.init(file: "P1_b.md", priority: "P1", title: "B", why: why)],
                    in_progress: [
                        .init(
                            file: "P0_a.md", priority: "P0", step: "train_sft", phase: "training", fraction: 0.409,
                            eta_s: 125),
                        .init(file: "P0_c.md", priority: "P0", step: nil, phase: nil, fraction: nil, eta_s: nil),
                    ], blocked: [.init(file: "x.md", reason: "gate closed | really\nso")], completed: 12),
                .init(name: "idle", pending: [], in_progress: [], blocked: [], completed: 0),
            ],
            reviews: [.init(name: "codex", pending: [], in_progress: [], blocked: [], done: 3)],
            pod: .init(provider: "local", state: "running", idle_since: nil, stops_at: nil),
            money: .init(spent_usd: 12.5, budget_usd: 300))
    }

    static func pages(_ report: StatusReport = report()) -> StatusPages {
        StatusPages(
            report: report, costs: [StepCost(task: "a", step: "train_sft", seconds: 3725, usd: 12.5)],
            happenings: [Happening(at: "2026-11-21T01:29:00.000Z", target: "a", message: "claimed")], roadmap: nil)
    }
}
