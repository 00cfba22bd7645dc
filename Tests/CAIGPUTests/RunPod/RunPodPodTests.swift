// Owns the tests of reading a pod: every state, what is missing, what is hostile.
// Never asks for anything to be done.

import CAISystem
import Testing

@testable import CAIGPU

struct RunPodPodTests {
    private func v2(_ changes: [String: JSONValue] = [:], _ settings: RunPodSettings? = nil) throws -> RunPodPod? {
        let json = try CanonicalJSON.decode(JSONValue.self, from: RunPodFixture.pod(changes).utf8)
        return RunPodPod(v2: RunPodReply(json: json), settings: settings ?? RunPodFixture.settings())
    }

    private func graphQL(_ changes: [String: JSONValue] = [:]) throws -> RunPodPod? {
        let json = try CanonicalJSON.decode(JSONValue.self, from: RunPodFixture.graphPod(changes).utf8)
        return RunPodPod(graphQL: RunPodReply(json: json), settings: RunPodFixture.settings())
    }

    @Test func aRunningPodIsReadWhole() throws {
        let pod = try #require(try v2())
        #expect(pod.status == .running)
        #expect(pod.usdPerHour == 2.69)
        #expect(pod.endpoint == SSHEndpoint(host: "195.26.233.3", port: 34446, user: "root"))
        #expect(pod.gpuPercent == 94, "the busiest")
        #expect(pod.uptime == 3600)
        #expect(pod.gpu == "NVIDIA H100 80GB HBM3")
        #expect(pod.volumeGB == 200)
        #expect(pod.actions == ["stop", "restart", "terminate"])
        #expect(!String(reflecting: pod).contains("hf_"), "nothing of its environment is kept")
    }

    @Test(arguments: [
        ("PROVISIONING", MachineStatus.preparing, 2.69), ("STARTING", .preparing, 2.69), ("RUNNING", .running, 2.69),
        ("EXITED", .stopped, 0), ("ERROR", .failed, 2.69), ("TERMINATED", .missing, 0),
        ("HIBERNATING", .unknown("HIBERNATING"), 2.69), ("", .unknown(""), 2.69),
    ]) func everyStateOfV2(word: String, status: MachineStatus, rate: Double) throws {
        let pod = try #require(try v2(["status": .string(word)]))
        #expect(pod.status == status)
        #expect(pod.usdPerHour == rate, "a stopped GPU costs nothing")
        #expect((pod.endpoint != nil) == (status == .running), "an address from before the start is worth nothing")
    }

    @Test(arguments: [
        ("CREATED", MachineStatus.preparing), ("RESTARTING", .preparing), ("RUNNING", .running), ("EXITED", .stopped),
        ("PAUSED", .stopped), ("DEAD", .failed), ("TERMINATED", .missing), ("NEW", .unknown("NEW")),
    ]) func everyStateOfGraphQL(word: String, status: MachineStatus) throws {
        let pod = try #require(try graphQL(["desiredStatus": .string(word)]))
        #expect(pod.status == status)
        #expect((pod.usdPerHour == 0) == (status == .stopped || status == .missing))
        #expect((pod.endpoint != nil) == (status == .running))
    }

    @Test func graphQLHasTheSameFacts() throws {
        let pod = try #require(try graphQL())
        #expect(pod.endpoint == SSHEndpoint(host: "195.26.233.3", port: 34446, user: "root"))
        #expect((pod.gpuPercent, pod.uptime) == (7, 60))
        #expect((pod.gpu, pod.volumeGB, pod.usdPerHour) == ("H100 SXM", 200, 2.69))
    }

    @Test func aRunningPodMayHaveNoAddressYet() throws {
        let none: JSONValue = .object(["proxy": .null, "direct": .null])
        for runtime in [JSONValue.null, .object([:]), .object(["ports": .null]), .object(["ports": .array([])])] {
            let pod = try #require(try v2(["runtime": runtime, "ssh": none]))
            #expect(pod.status == .running)
            #expect(pod.endpoint == nil)
            #expect(pod.gpuPercent == nil)
            let other = try #require(try graphQL(["runtime": runtime]))
            #expect(other.status == .running)
            #expect(other.endpoint == nil)
        }
        let mapped = try #require(try v2(["ssh": none]))
        #expect(mapped.endpoint == SSHEndpoint(host: "195.26.233.3", port: 34446, user: "root"), "from its ports")
    }

    @Test(arguments: [
        "100.64.0.1", "100.65.3.4", "100.127.255.255", "10.1.2.3", "172.16.0.1", "172.31.9.9", "192.168.1.1",
        "169.254.1.1",
        "0.0.0.0", "127.0.0.1", "localhost", "::1", "-oProxyCommand=x", "a b", "a;b", "", "$(id)",
    ]) func anAddressThatCannotBeReachedIsNone(host: String) throws {
        let direct = JSONValue.object(["host": .string(host), "port": 34446, "username": "root"])
        let changes: [String: JSONValue] = ["ssh": .object(["direct": direct]), "runtime": .null]
        #expect(try #require(try v2(changes)).endpoint == nil)
        let port = JSONValue.object([
            "ip": .string(host), "isIpPublic": true, "privatePort": 22, "publicPort": 34446, "type": "tcp",
        ])
        #expect(try #require(try graphQL(["runtime": .object(["ports": .array([port])])])).endpoint == nil)
    }

    @Test(arguments: ["100.63.0.1", "100.128.0.1", "172.32.0.1", "11.0.0.1", "pod.example.com", "2001:db8::1"])
    func aPublicAddressIsTaken(host: String) throws {
        let direct = JSONValue.object(["host": .string(host), "port": 34446, "username": "root"])
        #expect(try #require(try v2(["ssh": .object(["direct": direct])])).endpoint?.host == host)
    }

    @Test func thisMachineCountsWhereTheAPIIsOnIt() throws {
        let direct = JSONValue.object(["host": "127.0.0.1", "port": 2222, "username": "ann"])
        let pod = try v2(
            ["ssh": .object(["direct": direct])], RunPodFixture.settings(baseURL: "http://127.0.0.1:9000/v2/"))
        #expect(try #require(pod).endpoint == SSHEndpoint(host: "127.0.0.1", port: 2222, user: "ann"))
    }

    @Test func graphQLTakesThePublicPort22Alone() throws {
        func port(_ changes: [String: JSONValue]) -> JSONValue {
            let members: [String: JSONValue] = [
                "ip": "195.26.233.3", "isIpPublic": true, "privatePort": 22, "publicPort": 34446, "type": "tcp",
            ]
            return .object(["ports": .array([.object(members.merging(changes) { $1 })])])
        }
        #expect(try #require(try graphQL(["runtime": port([:])])).endpoint != nil)
        for change: [String: JSONValue] in [
            ["isIpPublic": false], ["privatePort": 8022], ["type": "http"], ["type": "udp"], ["publicPort": .null],
            ["publicPort": 0], ["publicPort": 65536], ["publicPort": -1], ["ip": .null], ["isIpPublic": "true"],
        ] { #expect(try #require(try graphQL(["runtime": port(change)])).endpoint == nil) }
    }

    @Test func whatHasAnotherShapeIsNotThere() throws {
        let odd: [String: JSONValue] = [
            "cost": "free", "gpu": .array([]), "mounts": "none", "actions": .null, "locked": "yes", "name": 7,
            "runtime": .object(["gpus": .array([.object(["util": 400]), .object(["util": "x"]), .null]), "uptime": -1]),
        ]
        let pod = try #require(try v2(odd))
        #expect((pod.usdPerHour, pod.gpuPercent, pod.uptime, pod.gpu) == (0, nil, nil, nil))
        #expect((pod.name, pod.actions, pod.isLocked) == ("", nil, false))
        for id: JSONValue in [
            "", "../x", "a/b", "a b", .int(1), .null, .string(String(repeating: "a", count: 65)), "-a",
        ] {
            #expect(try v2(["id": id]) == nil)
        }
        for whole: JSONValue in [.null, "x", .array([]), 1] {
            #expect(RunPodPod(v2: RunPodReply(json: whole), settings: RunPodFixture.settings()) == nil)
        }
    }

    @Test func anUnknownWordIsHarmlessText() throws {
        let word = "A\u{1B}[31m\n\u{202E}B " + RunPodFixture.key
        guard case .unknown(let shown) = try #require(try v2(["status": .string(word)])).status else {
            Issue.record("known?")
            return
        }
        #expect(shown == "A [31m B …")
    }

    @Test func disksCostMoreWhileTheirPodIsStopped() {
        #expect(abs(RunPodPrices.volume(gigabytes: 730, .running) - 0.1) < 1e-12)
        #expect(abs(RunPodPrices.volume(gigabytes: 730, .preparing) - 0.1) < 1e-12)
        #expect(abs(RunPodPrices.volume(gigabytes: 730, .stopped) - 0.2) < 1e-12)
        #expect(RunPodPrices.volume(gigabytes: 730, .missing) == 0)
        #expect(abs(RunPodPrices.networkVolume(gigabytes: 1460) - (1000 * 0.07 + 460 * 0.05) / 730) < 1e-12)
    }
}
