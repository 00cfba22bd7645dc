// Owns the sweep: every state-changing system call of a real daemon is the last one, or fails, and the next daemon puts
// everything right. By default a seeded sample; with CAID_CRASH=full every call, and the matrix for docs/crash-safety.md.
// The control, a naive daemon, must be caught by the same sweep.

import Foundation
import Testing

@Suite(
    "Crash sweep", .serialized,
    .enabled(if: Strace.isUsable, "strace is not here, or may not trace: `make deps` installs it"))
struct CrashSweepTests {
    private static let isFull = ProcessInfo.processInfo.environment["CAID_CRASH"] == "full"
    /// Disturbed runs of one scenario for each injection, at most: by default; in full of the calls that there are hundreds
    /// of, most of them SQLite's; in full of all others.
    private static let (sample, many, whole) = (1, 40, Int.max)

    @Test("whatever call is the last or fails, the next run puts it right", arguments: CrashScenario.all)
    func sweep(_ scenario: CrashScenario) async throws {
        let template = try await Template()
        let caid = [Template.executable.path, "run", "--drain", "--root"]
        let outcomes = try await outcomes(
            of: scenario, Injection.all, template, daemon: caid
        ) { injection in
            guard Self.isFull else { return Self.sample }
            return ["pwrite64", "write", "openat"].contains(injection.call) ? Self.many : Self.whole
        }
        for outcome in outcomes where !outcome.faults.isEmpty {
            Issue.record("\(outcome.injection), call \(outcome.number):\n\(outcome.faults.joined(separator: "\n"))")
        }
        #expect(Set(outcomes.map(\.injection)).count >= 12)
        try Matrix.add(scenario.name, outcomes)
    }

    @Test("the control is caught")
    func control() async throws {
        let template = try await Template()
        let script = template.url.appending(path: "naive.pl")
        try Data(NaiveDaemon.script.utf8).write(to: script)
        let outcomes = try await outcomes(
            of: .malformed, Injection.all.filter { $0.disturbance == .kill }, template, daemon: ["perl", script.path]
        ) { _ in
            Self.whole
        }
        let caught = outcomes.filter { !$0.faults.isEmpty }
        #expect(caught.count >= 3, "of \(outcomes.count) runs")
        try Matrix.add("control: copy, append in place, unlink", outcomes)
    }

    /// Disturbs a scenario's run at a sample of its calls, or at all of them; two runs at a time.
    private func outcomes(
        of scenario: CrashScenario, _ injections: [Injection], _ template: Template, daemon: [String],
        most: (Injection) -> Int
    ) async throws -> [Outcome] {
        func fresh() throws -> CrashWorkspace {
            try CrashWorkspace(scenario, template: template.url, daemon: daemon)
        }
        let counted = try fresh()
        let counts = try await Strace.count(
            Set(injections.map(\.call)), in: counted.command, trace: counted.root.appending(path: "trace"))
        var random = SplitMix(state: 1)
        let points = injections.flatMap { injection in
            // A few more than were counted, since two runs are never quite the same.
            let all = counts[injection.call].map { Array(1...($0 + 2)) } ?? []
            let most = most(injection)
            let chosen = most < all.count ? Array(all.dropLast(2).shuffled(using: &random).prefix(most)) : all
            return chosen.map { (injection: injection, number: $0) }
        }
        let queue = PointQueue(points)
        return try await withThrowingTaskGroup(of: [Outcome].self) { group in
            for processor in 0..<min(2, ProcessInfo.processInfo.activeProcessorCount) {
                group.addTask {
                    var outcomes: [Outcome] = []
                    while let (injection, number) = await queue.next() {
                        let faults = try await fresh().faults(injection, number: number, processor: processor)
                        if let faults {
                            outcomes.append(Outcome(injection: injection, number: number, faults: faults))
                        }
                    }
                    return outcomes
                }
            }
            return try await group.reduce(into: []) { $0 += $1 }
        }
    }
}

/// What came of one disturbed run.
struct Outcome: Sendable {
    var injection: Injection
    /// Which call of that kind it was, from 1.
    var number: Int
    var faults: [String]
}

/// Hands out the points of a sweep.
private actor PointQueue {
    private var rest: ArraySlice<(injection: Injection, number: Int)>

    init(_ points: [(injection: Injection, number: Int)]) { rest = points[...] }

    func next() -> (injection: Injection, number: Int)? { rest.popFirst() }
}

/// A workspace as `caid init` makes it, copied for every run.
private final class Template: Sendable {
    let url = FileManager.default.temporaryDirectory.appending(path: "caid-crash-\(UUID().uuidString)")

    /// The executable beside this test's own.
    static var executable: URL {
        URL(filePath: "/proc/self/exe").resolvingSymlinksInPath().deletingLastPathComponent().appending(path: "caid")
    }

    init() async throws {
        let end = try await Strace.run([Self.executable.path, "init", url.path])
        try #require(end == .exit(0))
    }

    deinit { try? FileManager.default.removeItem(at: url) }
}

/// SplitMix64 (Steele et al. 2014).
private struct SplitMix: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }
}
