// Owns the proof that no order of events loses a person's words, runs a task twice, or leaves one waiting for nothing: random
// interleavings over the daemon's own code, and planted mistakes to show that they can fail.
// CAID_INTERLEAVINGS=N runs N of them; CAID_INTERLEAVING_SEED=S runs one alone. Debug builds walk paths slowly and run a part.

import CAIWorkflow
import Foundation
import Testing

struct InterleavingTests {
    /// A world's end: what is wrong with it, and its story.
    private struct Outcome {
        var fault: String?
        var story: [String]
    }
    private static let environment = ProcessInfo.processInfo.environment
    private static let seed = environment["CAID_INTERLEAVING_SEED"].flatMap(Int.init)
    private static let count = environment["CAID_INTERLEAVINGS"].flatMap(Int.init) ?? usualCount
    private static let batches = 8
    /// So many are looked at for what happens in them, too.
    private static let first = 64
    private static let steps = 60
    #if DEBUG
        private static let usualCount = 160
    #else
        private static let usualCount = 1000
    #endif

    private static func run(seed: Int, mistake: InterleavingMistake? = nil) throws -> Outcome {
        let world = try Interleaving(seed: seed, mistake: mistake)
        var number = 0
        while number < steps, world.faults.isEmpty {
            number += 1
            world.ground.tell("\(number):")
            world.step()
            world.checkAll()
        }
        if world.faults.isEmpty { world.settle() }
        let story = world.ground.lines
        guard !world.faults.isEmpty else { return Outcome(story: story) }
        let last = story.suffix(Self.seed == nil ? 60 : .max).joined(separator: "\n")
        return Outcome(
            fault: "seed \(seed), step \(number): \(world.faults.joined(separator: "; "))\n\(last)", story: story)
    }

    @Test(arguments: 0..<batches) func nothingIsLostAndNothingDoneTwice(batch: Int) throws {
        let all = stride(from: Self.first + batch, to: Self.count, by: Self.batches)
        for seed in Self.seed.map({ batch == 0 ? [$0] : [] }) ?? Array(all) {
            if let fault = try Self.run(seed: seed).fault {
                Issue.record("\(fault)")
                return
            }
        }
    }

    /// The worlds are not tame ones.
    @Test(.enabled(if: seed == nil)) func everythingHappens() throws {
        let worlds = try (0..<Self.first).map { try Self.run(seed: $0) }
        let faults = worlds.compactMap(\.fault)
        #expect(faults.isEmpty, "\(faults.first ?? "")")
        let events = [
            "dies in the middle", "power is lost", "the daemon is told to stop", "the daemon is killed", "resumed",
            "has vanished", "amended, kept as", "begins to write", "renames /w/tasks", "ticks the box", "is approved",
            "does not wait any more", "is being stopped", "may be any of", "there is no task", "moved to", "stopped",
            "quota", "a gate", "no luck", "the header is wrong", "waits for r1.md", "claimed Identity(key: \"reviews/",
        ]
        for event in events { #expect(worlds.contains { $0.story.contains { $0.contains(event) } }, "\(event)") }
    }

    @Test(.enabled(if: seed == nil), arguments: InterleavingMistake.allCases)
    func everyMistakeIsFound(mistake: InterleavingMistake) throws {
        let found = try (0..<150).first { try Self.run(seed: $0, mistake: mistake).fault != nil }
        #expect(found != nil)
    }
}
