// Owns the proof that no order of events loses a person's words, runs a task twice, or leaves one waiting for nothing: a
// thousand random interleavings over the daemon's own code, and planted mistakes to show that they can fail.
// CAID_INTERLEAVINGS=N runs N of them; CAID_INTERLEAVING_SEED=S runs one and tells its story.

import CAIWorkflow
import Foundation
import Testing

struct InterleavingTests {
    private static let environment = ProcessInfo.processInfo.environment
    private static let count = environment["CAID_INTERLEAVINGS"].flatMap(Int.init) ?? 1000
    private static let batches = 8
    private static let steps = 60

    /// - Returns: what is wrong in the world of this seed, and the story up to there.
    private static func run(seed: Int, mistake: InterleavingMistake? = nil) throws -> String? {
        let world = try Interleaving(seed: seed, mistake: mistake)
        var number = 0
        while number < steps, world.faults.isEmpty {
            number += 1
            world.ground.tell("\(number):")
            world.step()
            world.checkAll()
        }
        if world.faults.isEmpty { world.settle() }
        guard !world.faults.isEmpty else { return nil }
        return "seed \(seed), step \(number): \(world.faults.joined(separator: "; "))\n"
            + world.ground.tail(120).joined(separator: "\n")
    }

    @Test(arguments: 0..<batches) func nothingIsLostAndNothingDoneTwice(batch: Int) throws {
        if let seed = Self.environment["CAID_INTERLEAVING_SEED"].flatMap(Int.init) {
            if batch == 0, let fault = try Self.run(seed: seed) { Issue.record("\(fault)") }
            return
        }
        for seed in stride(from: batch, to: Self.count, by: Self.batches) {
            if let fault = try Self.run(seed: seed) {
                Issue.record("\(fault)")
                return
            }
        }
    }

    @Test(arguments: InterleavingMistake.allCases) func everyMistakeIsFound(mistake: InterleavingMistake) throws {
        let found = try (0..<400).first { try Self.run(seed: $0, mistake: mistake) != nil }
        #expect(found != nil)
    }
}
