// Owns the tests of the rule that a failure takes at most one interval of work along: the real duty and the real folder at home, over
// dozens of machines that write, send, fail and are lost as their seed says.
// Never waits, and never asserts more than CheckpointPolicy promises.

import Logging
import SystemPackage
import TestSupport
import Testing

@testable import CAIGPU

struct CheckpointsInVirtualTimeTests {
    private let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    /// One job over several machines.
    private func lives(_ weather: CheckpointsWeather, seed: Int, count: Int) async throws -> (
        [CheckpointsLife], remarks: [String]
    ) {
        let world = CheckpointsWorld(weather, seed: seed)
        let home = HomeCheckpoints(root: folder.path)
        let services = Pod(
            access: world, store: world, home: home, clock: world.clock,
            log: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
        let request = JobRequest(
            id: "j", kind: "train", arguments: .null, inputs: [], staging: folder["staging"],
            checkpointEvery: weather.every, task: "run", step: "train")
        let duty = CheckpointDuty(request, services: services)
        var lives: [CheckpointsLife] = []
        var newest: Double?
        for _ in 0..<count {
            lives.append(await world.life(duty))
            // What the job goes on from is what was reckoned with.
            newest = lives.last?.home ?? newest
            let saved = try home.newestVerified(request.use)
            #expect(try saved.map { try folder.text($0.folder.appending("state").string) } == newest.map { "\($0)" })
            world.gap()
        }
        return (lives, world.state.withLock { $0.remarks })
    }

    /// No copy takes longer than a tenth of the interval, tries that fail included.
    @Test(arguments: 0..<5)
    func aLostMachineTakesAtMostOneIntervalAlong(seed: Int) async throws {
        let weather = CheckpointsWeather()
        let (lives, remarks) = try await lives(weather, seed: seed, count: 4)
        for life in lives {
            #expect(life.worst <= weather.every && life.repeated <= weather.every, "\(life)")
            #expect(life.over == 0 && !life.isFlattered, "\(life)")
        }
        #expect(lives.reduce(0) { $0 + $1.copies } > 5)
        #expect(!remarks.contains { $0.contains("late") })
    }

    /// Words get lost, lines break for long, writing takes its time: it is late by what the copies took too long, and says so.
    @Test(arguments: 0..<5)
    func inAStormItIsLateByWhatTheCopiesTookTooLong(seed: Int) async throws {
        let weather = CheckpointsWeather(
            write: 0...300, pull: 0...400, brokenPulls: 5, lostWords: 0.3)
        let (lives, remarks) = try await lives(weather, seed: seed + 100, count: 4)
        // The duty looks again after a hundredth of a second at the earliest.
        for life in lives { #expect(life.excess <= 0.02 && !life.isFlattered, "\(life)") }
        #expect(lives.contains { $0.over > 0 }, "it was a storm")
        if lives.contains(where: { $0.worst > 1.2 * weather.every }) {
            #expect(remarks.contains { $0.contains("late") }, "\(remarks)")
        }
        #expect(remarks.contains { $0.contains("has not come home") })
    }
}
