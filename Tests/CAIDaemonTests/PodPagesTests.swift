// Owns the tests of what people see of the pod: the keeper's last word, and never an old one as the present.

import CAIJournal
import CAISystem
import CAIWorkflow
import Foundation
import TestSupport
import Testing

@testable import CAIDaemon
@testable import CAIGPU

struct PodPagesTests {
    private let folder: TemporaryFolder
    private let clock = FixedClock(1_795_224_600)
    private let journal: Journal

    init() throws {
        folder = try TemporaryFolder()
        try RealFiles().makeDirectories(folder["tasks/gpu/pending"])
        try RealFiles().makeDirectories(folder[".caid"])
        journal = try Journal(writing: folder[".caid/journal.sqlite"])
    }

    private var now: Double { clock.now().timeIntervalSince1970 }

    private func pages(
        _ provider: ConfigFile.Provider = .runpod, running: Bool = true, journal: Journal? = nil
    ) throws -> StatusPages {
        var config = Config()
        config.pod.provider = provider
        return try StatusBuilder(
            workspace: Workspace(root: folder.path), config: config, journal: journal ?? self.journal, clock: clock
        ).pages(daemon: .init(running: running, pid: running ? 7 : nil, last_scan: nil))
    }

    private func body(_ file: String, _ pages: StatusPages) throws -> String {
        try #require(pages.all.first { $0.file == file }).body
    }

    private var facts: PodFacts {
        var facts = PodFacts(provider: "runpod", state: "running")
        (facts.machine, facts.gpu, facts.endpoint) = ("abc", "H100", "1.2.3.4:22022")
        (facts.usdPerHour, facts.storageUSDPerHour) = (2.69, 0.02777)
        (facts.verdict, facts.unpulled, facts.warnings) = ("at work: stage1/train_sft", ["a/b"], ["a warning"])
        return facts
    }

    private func stands(_ facts: PodFacts) throws {
        try JournalPodStore(provider: "runpod", journal: journal, clock: clock).stands(facts)
    }

    /// A machine as the meter leaves it.
    private func metered(_ id: String, _ state: String, usd: Double, disk: Double, provider: String = "runpod") throws {
        let mark = MeterMark(
            pod: id, provider: provider, state: state, from: now - 3600, until: now, usdPerHour: usd,
            storageUSDPerHour: disk)
        let row = MeterRow(
            bucket: now - 3600, to: now, task: "stage1", step: "train_sft", what: "compute", seconds: 3600, usd: 2.69)
        try journal.addMeter([row], mark)
    }

    @Test func thisMachineAsThePodLooksAsItAlwaysDid() throws {
        try stands(facts)
        let pages = try pages(.local)
        #expect(pages.report.pod == .init(provider: "local", state: "running", idle_since: nil, stops_at: nil))
        let text = try body("POD_STATUS.md", pages)
        #expect(
            text.hasSuffix("| State | running |\n\nThis machine is the pod: it costs nothing and is never stopped.\n"))
        #expect(pages.podSummary == "pod: local, running\n")
        #expect(try body("BUDGET.md", pages).hasSuffix("| **Total** | | 0 s | $0.00 |\n"))
    }

    @Test func theKeepersLastWordIsShownWhileTheDaemonRuns() throws {
        var facts = facts
        (facts.idleSince, facts.stopsAt) = (now - 300, now + 300)
        facts.strays = ["caid-old (xyz) is running, costs $1.74/h"]
        try stands(facts)
        // A stopped pod is looked at every ten minutes; the daemon is there all the same.
        clock.advance(500)
        let pages = try pages()
        #expect(
            pages.report.pod
                == .init(
                    provider: "runpod", state: "running", idle_since: "2026-11-21T01:25:00.000Z",
                    stops_at: "2026-11-21T01:35:00.000Z"))
        let text = try body("POD_STATUS.md", pages)
        for line in [
            "| Machine | `abc` |", "| GPU | H100 |", "| Price | $2.69 an hour, and its disk $0.67 a day |",
            "| SSH | `1.2.3.4:22022` |", "| Verdict | at work: stage1/train_sft |", "| Not here yet | `a/b` |",
            "- a warning", "- caid-old (xyz) is running, costs $1.74/h",
            "**Next**: look at the pods that nobody owns; what is not yours to keep costs money.",
        ] { #expect(text.contains(line + "\n"), "\(line)") }
        #expect(
            pages.podSummary
                == "pod: runpod, running, abc, $2.69 an hour, and its disk $0.67 a day, stops at 2026-11-21T01:35:00.000Z\n"
                + "  at work: stage1/train_sft\n")
    }

    @Test func anOldWordIsNeverThePresent() throws {
        var facts = facts
        (facts.idleSince, facts.stopsAt) = (now - 300, now + 300)
        try stands(facts)
        try metered("abc", "running", usd: 2.69, disk: 0.02777)
        clock.advance(120)
        let fresh = try pages(running: false)
        #expect(fresh.report.pod.state == "running" && fresh.report.pod.stops_at == nil, "nobody is there to stop it")
        clock.advance(1)
        let pages = try pages(running: false)
        #expect(pages.report.pod == .init(provider: "runpod", state: "unknown", idle_since: nil, stops_at: nil))
        let seen = "last seen running at 2026-11-21T01:30:00.000Z, it may still cost money: `caid pod status`"
        #expect(pages.podSummary == "pod: runpod, unknown, abc\n  \(seen)\n")
        let text = try body("POD_STATUS.md", pages)
        #expect(text.contains("| Verdict | \(seen) |\n") && text.contains("| Not here yet | `a/b` |\n"))
        #expect(!text.contains("1.2.3.4") && !text.contains("| Price |") && !text.contains("Stops at"))
        #expect(
            text.hasSuffix("**Next**: `caid pod status` asks how it stands now; `caid run` looks after it again.\n"))
        let budget = try body("BUDGET.md", pages)
        #expect(!budget.contains("Now $"))
        #expect(
            budget.contains(
                "- abc (runpod) was last seen running at 2026-11-21T01:30:00.000Z, at $2.72 an hour: it may still cost that\n"
            ))
    }

    @Test func aPodThatWasStoppedCostsItsDisk() throws {
        var facts = facts
        facts.state = "stopped"
        (facts.usdPerHour, facts.storageUSDPerHour) = (0, 0.0548)
        try stands(facts)
        clock.advance(1000)
        let summary = try pages(running: false).podSummary
        #expect(summary.hasSuffix("last seen stopped at 2026-11-21T01:30:00.000Z, when its disk cost $1.32 a day\n"))
    }

    @Test func aDaemonThatDoesNotLookEitherSeesNothing() throws {
        try stands(facts)
        clock.advance(900)
        #expect(try pages().report.pod.state == "running", "a stopped pod is looked at every ten minutes")
        clock.advance(1)
        #expect(try pages().report.pod.state == "unknown")
        #expect(try body("POD_STATUS.md", pages()).hasSuffix("**Next**: `caid pod status` asks how it stands now.\n"))
    }

    @Test func beforeAnybodyHasLookedNobodyKnows() throws {
        for provider in [ConfigFile.Provider.ssh, .runpod] {
            let pages = try pages(provider)
            #expect(pages.report.pod.state == "unknown")
            #expect(pages.podSummary == "pod: \(provider.rawValue), unknown\n  nobody has looked at it yet\n")
        }
        // What another provider's pod once was says nothing about this one.
        try stands(facts)
        #expect(try pages(.ssh).report.pod.state == "unknown")
        // Words of another version.
        try journal.setStanding("pod", json: "{\"provider\": 7}", at: now)
        #expect(try pages().podSummary.hasSuffix("nobody has looked at it yet\n"))
    }

    @Test func aMachineThatIsNotTheOneInUseIsNamed() throws {
        try stands(facts)
        try metered("abc", "running", usd: 2.69, disk: 0)
        try metered("old", "stopped", usd: 0, disk: 0.05)
        try metered("host", "running", usd: 1, disk: 0, provider: "ssh")
        let text = try body("POD_STATUS.md", pages())
        #expect(
            text.contains("- old (runpod) was last seen stopped at 2026-11-21T01:30:00.000Z, at $0.05 an hour: delete"))
        #expect(text.ranges(of: "was last seen").count == 1, "a host that a person named is not ours to name")
        #expect(try body("POD_STATUS.md", pages(.local)).contains("- old (runpod) was last seen"))
    }

    @Test func whatIsNotInACheckpointIsAtRisk() throws {
        try stands(facts)
        let row = try journal.addTask(
            queue: "gpu", name: "stage1.md", stem: "stage1", inode: 1, sha256: "", state: "running", at: now)
        for (job, step) in [("j1", "train_sft"), ("j2", "evaluate"), ("j3", "respond")] {
            try journal.jobStarts(id: job, task: row.run, step: step, kind: "train", pod: "abc", at: now)
        }
        try journal.jobStarts(id: "j4", task: "of nobody", step: "x", kind: "train", pod: "abc", at: now)
        try journal.jobEnded(id: "j3", state: "done", seconds: 1, usd: 0, at: now)
        try journal.setProgress(row.id, step: "train_sft", phase: "p", fraction: 0.5, etaSeconds: 3600, at: now)
        clock.advance(600)
        for seq in 1...2 {
            try journal.addCheckpoint(
                CheckpointRow(
                    run: row.run, step: "train_sft", seq: seq, job: "j1", podSeq: seq, manifestSHA256: "", bytes: 1,
                    at: now + Double(seq)))
        }
        clock.advance(90)
        try stands(facts)
        let text = try body("POD_STATUS.md", pages())
        #expect(text.contains("| `stage1` | train_sft | 2 | 2026-11-21T01:40:02.000Z | 1 min 28 s |\n"))
        #expect(text.contains("| `stage1` | evaluate | none yet |  | 11 min 30 s |\n"))
        #expect(!text.contains("respond") && !text.contains("of nobody"))
        #expect(try body("BUDGET.md", pages()).contains("| `stage1` | 1 h 0 min | $2.69 |\n"))
    }

    @Test func theBudgetPageIsTheJournals() throws {
        try stands(facts)
        try metered("abc", "running", usd: 2.69, disk: 0.02777)
        try journal.addCorrection(pod: "abc", bucket: now - 3600, usd: 250, note: "the provider bills more", at: now)
        let text = try body("BUDGET.md", pages())
        for part in [
            "$252.69 spent of $300.00; $47.31 left. That is 84%.",
            "Now $2.72 an hour: at this rate the budget is used up at 2026-11-21T18:54:",
            "- $252.69 of $300.00 are spent (84%); at $2.72 an hour the rest lasts 17 h 24 min",
            "| `abc` | 1 h 0 min | $2.69 | $0.00 | $250.00 | $252.69 |",
            "- 2026-11-21T00:30:00.000Z `abc`: $250.00; the provider bills more",
        ] { #expect(text.contains(part), "\(part)") }
    }
}
