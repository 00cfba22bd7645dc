// Owns each kind of trouble once, as a client meets it.

import CAISystem
import TestSupport
import Testing

@Suite(.serialized) struct TroubleTests {
    let fixture: SimulatorFixture
    var simulator: Simulator { fixture.simulator }

    init() throws { fixture = try SimulatorFixture() }

    @Test func noCapacityIsToldPerGPUAndForResumes() async throws {
        try await simulator.trouble(
            #"{"kind": "no_capacity", "on": "create", "gpu": "NVIDIA H100 80GB HBM3", "count": 0}"#)
        let refused = try await simulator.send("POST", "/v2/pods", Simulator.order("a", gpu: "NVIDIA H100 80GB HBM3"))
        #expect(refused.status == 400)
        #expect(refused.text.contains("no longer any instances available"))
        let pod = try await simulator.makePod("b")
        try await simulator.act("stop", on: pod)
        try await simulator.trouble(#"{"kind": "no_capacity", "on": "start"}"#)
        let resume = try await simulator.act("start", on: pod)
        #expect(resume.status == 400)
        #expect(resume.text.contains("not enough free GPUs on the host machine"))
        #expect(try await simulator.act("start", on: pod).status == 200)
    }

    @Test func tooManyRequestsSayWhenToComeBack() async throws {
        try await simulator.trouble(#"{"kind": "rate_limit", "on": "list", "seconds": 12, "count": 2}"#)
        for _ in 0..<2 {
            let answer = try await simulator.send("GET", "/v2/pods")
            #expect(answer.status == 429)
            #expect(answer.headers["retry-after"] == "12")
        }
        #expect(try await simulator.send("GET", "/v2/pods").status == 200)
    }

    @Test func aServerErrorComesBeforeOrAfterTheEffect() async throws {
        try await simulator.trouble(#"{"kind": "server_error", "on": "create", "status": 503}"#)
        #expect(try await simulator.send("POST", "/v2/pods", Simulator.order("a")).status == 503)
        #expect(try await simulator.send("GET", "/v2/pods").json["pods"] == .array([]))
        try await simulator.trouble(#"{"kind": "server_error", "on": "create", "effect": "after"}"#)
        #expect(try await simulator.send("POST", "/v2/pods", Simulator.order("lost")).status == 500)
        let pods = try await simulator.send("GET", "/v2/pods").text
        #expect(pods.contains(#""name":"lost""#))
        #expect(try await simulator.count(of: "create") == 2)
    }

    @Test func aReplyIsCutInItsMiddleAfterTheEffect() async throws {
        try await simulator.trouble(#"{"kind": "cut", "on": "create"}"#)
        let answer = try await simulator.send("POST", "/v2/pods", Simulator.order("a"))
        #expect(!answer.isWhole)
        #expect(answer.body.count > 10)
        #expect(try await simulator.send("GET", "/v2/pods").text.contains(#""name":"a""#))
    }

    @Test func aConnectionHangs() async throws {
        try await simulator.trouble(#"{"kind": "hang", "on": "list"}"#)
        await #expect(throws: HTTPFailure.self) { try await simulator.send("GET", "/v2/pods", timeout: 0.3) }
        #expect(try await simulator.send("GET", "/v2/pods").status == 200)
    }

    @Test func aStartTakesItsTime() async throws {
        try await simulator.trouble(#"{"kind": "slow_start", "seconds": 15}"#)
        let made = try await simulator.send("POST", "/v2/pods", Simulator.order("a")).json
        let id = try #require(made["id"]?.stringValue)
        #expect(made["status"]?.stringValue == "PROVISIONING")
        #expect(made["cost"]?.doubleValue == 1.74)
        #expect(try await simulator.wait(for: id, "STARTING")["runtime"] == .null)
        try await simulator.clearTrouble()
        #expect(try await simulator.wait(for: id, "RUNNING")["ssh"]?["direct"]?["port"] != nil)
    }

    @Test func aRunningPodHasNoRuntimeOrNoPortsForAWhile() async throws {
        try await simulator.trouble(#"{"kind": "no_runtime", "seconds": 1000}"#)
        let pod = try await simulator.makePod("a")
        #expect(try await simulator.send("GET", "/v2/pods/\(pod)").json["runtime"] == .null)
        try await simulator.clearTrouble()
        #expect(try await simulator.send("GET", "/v2/pods/\(pod)").json["runtime"]?["uptime"] != nil)

        try await simulator.trouble(#"{"kind": "no_ports", "seconds": 1000}"#)
        let next = try await simulator.makePod("b")
        let shown = try await simulator.send("GET", "/v2/pods/\(next)").json
        #expect(shown["runtime"]?["ports"] == .array([]))
        #expect(shown["ssh"]?["direct"] == .null)
        try await simulator.clearTrouble()
        #expect(try await simulator.send("GET", "/v2/pods/\(next)").json["ssh"]?["direct"]?["port"] != nil)
    }

    @Test func whatLastsEndsByItself() async throws {
        try await simulator.trouble(#"{"kind": "slow_start", "seconds": 0.2}"#)
        let pod = try await simulator.makePod()
        try await simulator.trouble(#"{"kind": "slow_stop", "seconds": 0.2}"#)
        try await simulator.act("stop", on: pod)
        _ = try await simulator.wait(for: pod, "EXITED")
    }

    @Test func aStopTakesItsTimeOrNeverComes() async throws {
        let pod = try await simulator.makePod()
        try await simulator.trouble(#"{"kind": "no_stop"}"#)
        #expect(try await simulator.act("stop", on: pod).json["status"]?.stringValue == "RUNNING")
        try await Task.sleep(for: .milliseconds(300))
        #expect(try await simulator.send("GET", "/v2/pods/\(pod)").json["status"]?.stringValue == "RUNNING")
        try await simulator.trouble(#"{"kind": "slow_stop", "seconds": 1000}"#)
        let asked = try await simulator.act("stop", on: pod)
        #expect(asked.status == 200)
        #expect(asked.json["status"]?.stringValue == "RUNNING")
        try await simulator.clearTrouble()
        #expect(try await simulator.send("GET", "/v2/pods/\(pod)").json["status"]?.stringValue == "EXITED")
    }

    @Test func anEmptyBalanceStopsWhatHasANetworkVolumeAndLosesTheRest() async throws {
        let volume = try await simulator.send(
            "POST", "/v2/network-volumes",
            .object(["name": .string("data"), "size": .int(50), "dataCenter": .string("US-KS-2")]))
        guard case .object(var order) = Simulator.order("kept") else { return }
        order["mounts"] = .object([
            "network": .array([.object(["volumeId": volume.json["id"] ?? .null, "path": .string("/workspace")])])
        ])
        let kept = try await simulator.makePod("kept", .object(order))
        let lost = try await simulator.makePod("lost")
        try await simulator.trouble(#"{"kind": "balance", "usd": 0}"#)
        #expect(try await simulator.send("GET", "/v2/pods/\(lost)").status == 404)
        _ = try await simulator.wait(for: kept, "EXITED")
        #expect(try await simulator.send("POST", "/v2/pods", Simulator.order("c")).status == 402)
        #expect(try await simulator.act("start", on: kept).status == 402)
        try await simulator.trouble(#"{"kind": "balance", "usd": 5}"#)
        #expect(try await simulator.act("start", on: kept).status == 200)
    }

    @Test func aPodIsDeletedByOthersOrVanishesInMidWork() async throws {
        let pod = try await simulator.makePod("a")
        let detached = try await fixture.detach(on: pod)
        try await simulator.trouble(#"{"kind": "pod_vanishes", "pod": "a", "outcome": "ERROR"}"#)
        #expect(try await simulator.send("GET", "/v2/pods/\(pod)").json["status"]?.stringValue == "ERROR")
        #expect(!isAlive(detached))
        try await simulator.trouble(#"{"kind": "pod_deleted", "pod": "a"}"#)
        #expect(try await simulator.send("GET", "/v2/pods/\(pod)").status == 404)
        let next = try await simulator.makePod("b")
        try await simulator.trouble(#"{"kind": "pod_vanishes", "after": 0.2, "outcome": "gone"}"#)
        for _ in 0..<400 where try await simulator.send("GET", "/v2/pods/\(next)").status == 200 {
            try await Task.sleep(for: .milliseconds(20))
        }
        #expect(try await simulator.send("GET", "/v2/pods/\(next)").status == 404)
    }

    @Test func anSshdThatDiesComesBackAndJobsLiveOn() async throws {
        let pod = try await simulator.makePod("a")
        let detached = try await fixture.detach(on: pod)
        let before = try await simulator.place(of: pod)
        let hostKey = try text(before.hostKey)
        try await simulator.trouble(#"{"kind": "sshd_dies", "pod": "a", "seconds": 1000}"#)
        #expect(try await simulator.ssh(pod, "true", key: fixture.key).status == 255)
        #expect(isAlive(detached))
        try await simulator.clearTrouble()
        #expect(try await simulator.ssh(pod, "true", key: fixture.key).status == 0)
        let after = try await simulator.place(of: pod)
        #expect(after.port == before.port)
        #expect(try text(after.hostKey) == hostKey)
        try await simulator.act("stop", on: pod)
        #expect(!isAlive(detached))
    }

    @Test func troubleThatCannotBeIsRefusedAndTroubleCanBeCleared() async throws {
        for wrong in [#"{"kind": "tea"}"#, #"{"kind": "cut", "secnods": 1}"#, #"{"kind": "hang", "seconds": -1}"#] {
            await #expect(throws: HTTPFailure.self) { try await simulator.trouble(wrong) }
        }
        try await simulator.trouble(#"{"kind": "rate_limit", "count": 0}"#)
        #expect(try await simulator.send("GET", "/v2/pods").status == 429)
        try await simulator.clearTrouble()
        #expect(try await simulator.send("GET", "/v2/pods").status == 200)
        #expect(try await simulator.send("GET", "/sim/trouble").json["trouble"] == .array([]))
    }
}
