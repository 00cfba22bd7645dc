// Owns the sweep: every state-changing system call of a real daemon is the last one, or fails, and the next daemon puts
// everything right. By default a seeded sample; with CAID_CRASH=full every call, and the matrix for docs/crash-safety.md.
// The controls, a naive daemon killed and one whose disk fails, must be caught by the same sweep.

import Foundation
import Testing

@Suite(
    "Crash sweep", .serialized,
    .enabled(if: Strace.isUsable, "strace is not here, or may not trace: `make deps` installs it"))
struct CrashSweepTests {
    private static let isFull = ProcessInfo.processInfo.environment["CAID_CRASH"] == "full"
    /// Calls of which there are dozens or hundreds in a run, most of them SQLite's and much alike.
    private static let many: Set = ["pwrite64", "write", "openat", "fsync"]

    /// How many calls of a kind are disturbed: by default one; in full a sample of the many, all others where they are the
    /// last, and at most six where they fail.
    private static func most(_ injection: Injection) -> Int {
        if !isFull { return 1 }
        return many.contains(injection.call) ? 5 : injection.disturbance == .kill ? .max : 6
    }

    @Test("whatever call is the last or fails, the next run puts it right", arguments: CrashScenario.all)
    func sweep(_ scenario: CrashScenario) async throws {
        let template = try await CrashTemplate()
        let caid = [CrashTemplate.executable.path, "run", "--drain", "--root"]
        // By default every scenario takes its quarter of the injections, and together they take them all.
        let place = CrashScenario.all.firstIndex { $0.name == scenario.name } ?? 0
        let injections = Injection.all.enumerated().filter { Self.isFull || ($0.offset + place) % 4 == 0 }
        let outcomes = try await outcomes(
            of: scenario, injections.map(\.element), template, daemon: caid, most: Self.most)
        for outcome in outcomes where !outcome.faults.isEmpty {
            Issue.record("\(outcome.injection), call \(outcome.number):\n\(outcome.faults.joined(separator: "\n"))")
        }
        // Of a quarter of the kinds, some do not come in every scenario.
        #expect(Set(outcomes.map(\.injection)).count >= (Self.isFull ? 12 : 3))
        try Matrix.add(scenario.name, outcomes)
    }

    @Test("the controls are caught: killed, and with a disk that fails", arguments: [true, false])
    func control(isKill: Bool) async throws {
        let template = try await CrashTemplate()
        let script = template.url.appending(path: ".caid-naive.pl")
        try Data(NaiveDaemon.script.utf8).write(to: script)
        let injections = Injection.all.filter { ($0.disturbance == .kill) == isKill }
        let outcomes = try await outcomes(of: .malformed, injections, template, daemon: ["perl", script.path]) { _ in
            8
        }
        let caught = outcomes.filter { !$0.faults.isEmpty }
        #expect(caught.count >= 3, "of \(outcomes.count) runs")
        try Matrix.add("control: copy, append in place, unlink", outcomes)
    }

    /// Disturbs a scenario's run at a sample of its calls, or at all of them; a few runs at a time, since each sleeps much.
    private func outcomes(
        of scenario: CrashScenario, _ injections: [Injection], _ template: CrashTemplate, daemon: [String],
        most: (Injection) -> Int
    ) async throws -> [Outcome] {
        func fresh() throws -> CrashWorkspace {
            try CrashWorkspace(scenario, template: template.url, daemon: daemon)
        }
        let counted = try fresh()
        let numbers = try await Strace.numbers(
            of: Set(injections.map(\.call)), in: counted.command,
            trace: counted.root.appending(path: ".caid/crash-trace"))
        let faults = try await counted.aftermath(processor: 0)
        try #require(faults.isEmpty, "undisturbed: \(faults)")
        var random = SplitMix(state: 1)
        let points = injections.flatMap { injection in
            let all = numbers[injection.call] ?? []
            let most = most(injection)
            return (most < all.count ? Array(all.shuffled(using: &random).prefix(most)) : all)
                .map { (injection: injection, number: $0) }
        }
        let queue = PointQueue(points)
        let processors = min(2, ProcessInfo.processInfo.activeProcessorCount)
        return try await withThrowingTaskGroup(of: [Outcome].self) { group in
            for worker in 0..<processors * (scenario.isSlow ? 8 : 3) {
                group.addTask {
                    var outcomes: [Outcome] = []
                    while let (injection, number) = await queue.next() {
                        let faults = try await fresh().faults(
                            injection, number: number, processor: worker % processors)
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
