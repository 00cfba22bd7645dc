// Owns the life of a pod as a client sees it: made, used over ssh, stopped, started, given up.

import CAISystem
import SystemPackage
import TestSupport
import Testing

@Suite(.serialized) struct PodLifeTests {
    @Test func aStopWipesTheContainerKeepsTheVolumeAndEndsWhatWasDetached() async throws {
        let fixture = try SimulatorFixture()
        let simulator = fixture.simulator
        let pod = try await simulator.makePod()
        let command = "touch mine $SIM_WORKSPACE/kept; echo $RUNPOD_POD_ID $HOME; pwd; exit 3"
        let said = try await simulator.ssh(pod, command, key: fixture.key)
        let first = try await simulator.place(of: pod)
        #expect(said.status == 3)
        #expect(said.output == "\(pod) \(first.container)\n\(first.container)\n")
        let hostKey = try text(first.hostKey)
        let detached = try await fixture.detach(on: pod)
        #expect(isAlive(detached))

        let stopped = try await simulator.act("stop", on: pod).json
        #expect(stopped["status"]?.stringValue == "EXITED")
        #expect(stopped["cost"]?.doubleValue == 0)
        #expect(stopped["runtime"] == .null)
        #expect(stopped["ssh"]?["direct"] == .null)
        #expect(!isAlive(detached))
        #expect(try !exists(first.container))
        #expect(try exists(first.workspace.appending("kept")))

        try await simulator.act("start", on: pod)
        _ = try await simulator.wait(for: pod, "RUNNING")
        let second = try await simulator.place(of: pod)
        #expect(second.port != first.port)
        #expect(try text(second.hostKey) != hostKey)
        #expect(
            try await simulator.ssh(pod, "ls; ls ~/workspace", key: fixture.key).output
                == "workspace\nkept\npid\n")

        #expect(try await simulator.send("DELETE", "/v2/pods/\(pod)").status == 204)
        #expect(try await simulator.send("GET", "/v2/pods/\(pod)").status == 404)
        #expect(try !exists(second.workspace))
        #expect(try await simulator.send("GET", "/v2/pods").json["pods"] == .array([]))
    }

    @Test func aRunningPodTellsWhereItsSshAnswers() async throws {
        let fixture = try SimulatorFixture()
        let pod = try await fixture.simulator.makePod()
        let shown = try await fixture.simulator.send("GET", "/v2/pods/\(pod)").json
        let port = try await fixture.simulator.place(of: pod).port
        #expect(shown["ssh"]?["direct"]?["port"]?.doubleValue == port.map(Double.init))
        #expect(shown["actions"] == .array([.string("stop"), .string("restart"), .string("terminate")]))
        #expect(shown["cost"]?.doubleValue == 1.74)
    }

    @Test func aNetworkVolumeOutlivesItsPods() async throws {
        let fixture = try SimulatorFixture()
        let simulator = fixture.simulator
        let volume = try await simulator.send(
            "POST", "/v2/network-volumes",
            .object(["name": .string("data"), "size": .int(50), "dataCenter": .string("US-KS-2")]))
        let id = try #require(volume.json["id"]?.stringValue)
        let mount: JSONValue = .object([
            "network": .array([.object(["volumeId": .string(id), "path": .string("/workspace")])])
        ])
        guard case .object(var order) = Simulator.order("pod") else { return }
        order["mounts"] = mount
        let pod = try await simulator.makePod("pod", .object(order))
        _ = try await simulator.ssh(pod, "touch $SIM_WORKSPACE/kept", key: fixture.key)
        #expect(try await simulator.send("DELETE", "/v2/network-volumes/\(id)").status == 400)
        try await simulator.act("stop", on: pod)
        #expect(try await simulator.act("terminate", on: pod).status == 204)
        let next = try await simulator.makePod("next", .object(order))
        #expect(try await simulator.ssh(next, "ls $SIM_WORKSPACE", key: fixture.key).output == "kept\n")
        #expect(try await simulator.send("GET", "/v2/network-volumes").json["networkVolumes"] == .array([volume.json]))
        #expect(try await simulator.send("GET", "/v2/network-volumes/\(id)").json == volume.json)
        let larger = try await simulator.send("PATCH", "/v2/network-volumes/\(id)", .object(["size": .int(60)]))
        #expect(larger.json["size"] == .int(60))
        #expect(
            try await simulator.send("PATCH", "/v2/network-volumes/\(id)", .object(["size": .int(50)])).status == 400)
    }

    @Test func whatIsNotAllowedNowIsAConflict() async throws {
        let fixture = try SimulatorFixture()
        let simulator = fixture.simulator
        let pod = try await simulator.makePod()
        #expect(try await simulator.act("start", on: pod).status == 409)
        let locked = try await simulator.send("PATCH", "/v2/pods/\(pod)", .object(["locked": .bool(true)]))
        #expect(locked.json["actions"] == .array([.string("terminate")]))
        #expect(try await simulator.act("stop", on: pod).status == 409)
        try await simulator.send("PATCH", "/v2/pods/\(pod)", .object(["locked": .bool(false)]))
        let before = try await simulator.place(of: pod).port
        #expect(try await simulator.act("restart", on: pod).json["status"]?.stringValue == "PROVISIONING")
        _ = try await simulator.wait(for: pod, "RUNNING")
        #expect(try await simulator.place(of: pod).port != before)
        try await simulator.act("stop", on: pod)
        #expect(try await simulator.act("stop", on: pod).status == 409)
        #expect(try await simulator.act("restart", on: pod).status == 409)
        #expect(try await simulator.act("stop", on: "nobody").status == 404)
    }

    @Test func anEndDuringAStartLeavesNothingOfIt() async throws {
        let fixture = try SimulatorFixture()
        let simulator = fixture.simulator
        let made = try await simulator.send("POST", "/v2/pods", Simulator.order("a")).json
        let pod = try #require(made["id"]?.stringValue)
        for _ in 0..<3 {
            #expect(try await simulator.act("stop", on: pod).json["status"]?.stringValue == "EXITED")
            #expect(try await simulator.act("start", on: pod).status == 200)
        }
        _ = try await simulator.wait(for: pod, "RUNNING")
        #expect(try await simulator.ssh(pod, "true", key: fixture.key).status == 0)
        #expect(try daemons(of: simulator).count == 1)
        try await simulator.send("DELETE", "/v2/pods/\(pod)")
        #expect(try daemons(of: simulator).isEmpty)
    }

    /// The sshds that listen for a simulator's pods.
    private func daemons(of simulator: Simulator) throws -> [String] {
        try RealFiles().list("/proc").filter { $0.allSatisfy(\.isNumber) }.filter { pid in
            let command = (try? RealFiles().read(FilePath("/proc/\(pid)/cmdline"), limit: 1 << 16)) ?? []
            return String(decoding: command, as: UTF8.self).contains("\(simulator.folder)/pods/")
        }
    }

    @Test func keysReachOnlyThePodsMadeAfterThem() async throws {
        let fixture = try SimulatorFixture()
        let simulator = fixture.simulator
        let other = try SSHKey(in: fixture.folder, type: "ecdsa")
        let early = try await simulator.makePod("early")
        let keys = try await simulator.send("GET", "/v2/account/ssh-keys").json
        let line = try text(other.publicFile).trimmingNewline
        #expect(keys["keys"] == .array([.string(try text(fixture.key.publicFile).trimmingNewline)]))
        try await simulator.send("PUT", "/v2/account/ssh-keys", .object(["keys": .array([.string(line)])]))
        let late = try await simulator.makePod("late")
        #expect(try await simulator.ssh(early, "true", key: other).status == 255)
        #expect(try await simulator.ssh(late, "true", key: other).status == 0)
        #expect(try await simulator.ssh(late, "true", key: fixture.key).status == 255)
        let wrong = try await simulator.send("PUT", "/v2/account/ssh-keys", .object(["keys": .array([.string("x")])]))
        #expect(wrong.status == 422)
    }

    @Test func withoutTheImagesOwnCommandNobodyAnswersSsh() async throws {
        let fixture = try SimulatorFixture()
        guard case .object(var order) = Simulator.order("pod") else { return }
        order["args"] = .string("")
        let pod = try await fixture.simulator.makePod("pod", .object(order))
        #expect(try await fixture.simulator.ssh(pod, "true", key: fixture.key).status == 255)
    }
}

extension String {
    var trimmingNewline: String { hasSuffix("\n") ? String(dropLast()) : self }
}
