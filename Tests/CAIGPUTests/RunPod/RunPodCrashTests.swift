// Owns the proof that a daemon which dies at any moment never leaves two pods behind, nor one that nobody knows.
// Never random: every step is tried.

import CAISystem
import Testing

@testable import CAIGPU

struct RunPodCrashTests {
    /// A daemon that wants a running pod, until it has one or dies.
    private func live(_ cloud: MemoryCloud, steps: Int?, settings: RunPodSettings) async -> Machine? {
        cloud.state.withLock { $0.life = steps }
        let provider = cloud.provider(settings)
        for _ in 0..<40 {
            do throws(GPUError) {
                let machine = try await provider.machine()
                switch machine.status {
                case .running: return machine
                case .missing, .stopped: try await provider.start()
                default: cloud.clock.advance(20)
                }
            } catch {
                switch error.code {
                case .stopped: return nil
                case .capacity: cloud.clock.advance(60)
                default: cloud.clock.advance(20)
                }
            }
        }
        return nil
    }

    /// Lives that end after so many steps, then one that does not.
    private func world(
        deaths: [Int], lag: Double = 0, forgetful: Bool = false, errors: [GPUError.Code] = []
    ) async -> (cloud: MemoryCloud, machine: Machine?) {
        let cloud = MemoryCloud()
        cloud.state.withLock { ($0.listLag, $0.isForgetful, $0.createErrors) = (lag, forgetful, errors) }
        let settings = RunPodFixture.settings()
        for steps in deaths { _ = await live(cloud, steps: steps, settings: settings) }
        return (cloud, await live(cloud, steps: nil, settings: settings))
    }

    private func check(_ cloud: MemoryCloud, _ machine: Machine?, _ comment: Comment) {
        #expect(cloud.pods.count == 1, comment)
        #expect(machine?.id == cloud.pods.first?.id, comment)
        #expect(cloud.remembered.intent == nil, comment)
        #expect(cloud.remembered.pod?.id == machine?.id, comment)
    }

    @Test(arguments: [0.0, 50, 140]) func aDeathAtAnyStepLeavesOnePod(lag: Double) async throws {
        let (whole, machine) = await world(deaths: [], lag: lag)
        check(whole, machine, "undisturbed")
        let steps = whole.state.withLock { $0.steps }
        #expect(steps > 10)
        for death in 0...steps {
            let (cloud, machine) = await world(deaths: [death], lag: lag)
            check(cloud, machine, "killed after step \(death), listed after \(lag) s")
        }
    }

    @Test(arguments: [0.0, 140]) func soDoTwoDeaths(lag: Double) async throws {
        for first in 0...16 {
            for second in 0...16 {
                let (cloud, machine) = await world(deaths: [first, second], lag: lag)
                check(cloud, machine, "killed after steps \(first) and \(second), listed after \(lag) s")
            }
        }
    }

    @Test func deathsAmongRefusalsAndLostAnswers() async throws {
        for errors: [GPUError.Code] in [
            [.capacity], [.ambiguous], [.capacity, .ambiguous], [.unreachable], [.rateLimited],
        ] {
            for death in 0...24 {
                let (cloud, machine) = await world(deaths: [death], lag: 30, errors: errors)
                check(cloud, machine, "\(errors), killed after step \(death)")
            }
        }
    }

    /// The control: without intents the same deaths do leave pods behind.
    @Test func withoutIntentsPodsAreLost() async throws {
        var lost = 0
        for death in 0...16 {
            let (cloud, _) = await world(deaths: [death], forgetful: true)
            if cloud.pods.count > 1 { lost += 1 }
        }
        #expect(lost > 0, "the sweep can fail")
    }

    @Test func aJournalThatCannotBeWrittenMakesNoPod() async throws {
        let cloud = MemoryCloud()
        let provider = cloud.provider()
        // Dies while the intent is written: recover reads, list is read, catalog is read, then the write.
        for steps in 0..<4 {
            cloud.state.withLock { $0.life = steps }
            #expect(await gpuError { () throws(GPUError) in try await provider.start() } != nil)
            #expect(cloud.pods.isEmpty)
        }
    }
}
