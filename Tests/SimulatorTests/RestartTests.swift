// Owns what outlives the simulator, ended or killed.

import CAISystem
import Glibc
import TestSupport
import Testing

@Suite(.serialized) struct RestartTests {
    @Test func anEndedSimulatorStopsItsPodsAndKeepsTheirVolumes() async throws {
        let fixture = try SimulatorFixture()
        let pod = try await fixture.simulator.makePod()
        _ = try await fixture.simulator.ssh(pod, "touch $SIM_WORKSPACE/kept", key: fixture.key)
        let detached = try await fixture.detach(on: pod)
        let meter = try await fixture.simulator.meter(of: pod)
        #expect(fixture.simulator.end() == 0)
        #expect(!isAlive(detached))

        let next = try fixture.restarted()
        #expect(next.key == fixture.simulator.key)
        #expect(try await next.send("GET", "/v2/pods/\(pod)").json["status"]?.stringValue == "EXITED")
        #expect(try await next.meter(of: pod).seconds >= meter.seconds)
        try await next.act("start", on: pod)
        _ = try await next.wait(for: pod, "RUNNING")
        #expect(try await next.ssh(pod, "ls $SIM_WORKSPACE", key: fixture.key).output == "kept\npid\n")
    }

    @Test func aKilledSimulatorFindsItsPodsAgain() async throws {
        let fixture = try SimulatorFixture()
        let (kept, dead) = (try await fixture.simulator.makePod("kept"), try await fixture.simulator.makePod("dead"))
        let orphan = try await fixture.detach(on: dead)
        let detached = try await fixture.detach(on: kept)
        guard case .array(let pods)? = try await fixture.simulator.send("GET", "/sim/pods").json["pods"],
            let sshd = pods.first(where: { $0["name"] == .string("dead") })?["sshd_pid"]?.doubleValue
        else {
            Issue.record("no pods")
            return
        }
        fixture.simulator.kill()
        #expect(kill(Int32(sshd), SIGKILL) == 0)
        #expect(isAlive(detached))

        let next = try fixture.restarted()
        #expect(try await next.send("GET", "/v2/pods/\(kept)").json["status"]?.stringValue == "RUNNING")
        #expect(try await next.ssh(kept, "true", key: fixture.key).status == 0)
        #expect(isAlive(detached))
        #expect(try await next.send("GET", "/v2/pods/\(dead)").json["status"]?.stringValue == "EXITED")
        #expect(!isAlive(orphan))
    }

    @Test func twoSimulatorsDoNotShareAState() async throws {
        let fixture = try SimulatorFixture()
        #expect(throws: HTTPFailure.self) { try fixture.restarted() }
        #expect(try await fixture.simulator.send("GET", "/v2/pods").status == 200)
    }

    @Test func troubleCanBeGivenAtTheStart() async throws {
        let folder = try TemporaryFolder()
        try folder.write("{\"kind\": \"rate_limit\", \"on\": \"list\"}\n", to: "trouble")
        let simulator = try Simulator(state: folder["state"], options: ["--trouble", folder["trouble"].string])
        #expect(try await simulator.send("GET", "/v2/pods").status == 429)
        #expect(try await simulator.send("GET", "/v2/pods").status == 200)
    }
}
