// Owns rented pods for real: a pod made for a task and stopped after it, a daemon and a pod that die in the middle, and a pod
// that stops itself when nobody is left.
// Never uses a model; the worker's runner is all they need.

import Foundation
import Testing

@Suite("Rented pods", .serialized)
struct RunPodEndToEndTests {
    @Test(
        "a task runs on a pod made for it; idle, it is stopped within a minute; ledger = meter; the key stands nowhere")
    func life() async throws {
        let rented = try RentedWorkspace(pod: "idle_stop: 3s")
        try rented.dropCounter(to: 30, pause: 0.1)
        let daemon = try rented.start()
        defer { daemon.terminate() }
        try await rented.wait("end of the task") { rented.caid.exists("tasks/gpu/completed/20261121_P1_count.md") }
        let completed = Date()
        try await rented.wait("stop") { try await rented.statuses().values.allSatisfy { $0 == "EXITED" } }
        #expect(Date().timeIntervalSince(completed) <= 3 + 60)
        try await rented.wait("the daemon's word of the stop") {
            try Caid.run(["status", "--json", "--root", rented.caid.root.path]).output
                .contains(#""state" : "stopped""#)
        }
        kill(daemon.processIdentifier, SIGTERM)
        daemon.waitUntilExit()
        #expect(daemon.terminationStatus == 0, "\(rented.said)")

        #expect(try await rented.count(of: "create") == 1)
        #expect(try rented.begins() == [0])
        #expect(try rented.caid.text("artifacts/scripts/20261121_P1_count/sum.txt") == "465")
        let (ledger, meter) = (try rented.ledgerUSD(), try await rented.meteredUSD())
        // A life of a few seconds: half a second of it is what two looks may take.
        #expect(abs(ledger - meter) <= max(0.01 * meter, 0.5 * 2.69 / 3600), "ledger \(ledger), meter \(meter)")
        #expect(try rented.filesWithKey() == [])
    }

    @Test("kill -9 of the daemon in the middle: the next one attaches to the job, which was never started twice")
    func killedDaemon() async throws {
        let rented = try RentedWorkspace(pod: "idle_stop: 3s")
        try rented.dropCounter(to: 100, pause: 0.1)
        let first = try rented.start("--drain")
        let pod = try await rented.podAtWork(counted: 20)
        kill(first.processIdentifier, SIGKILL)
        first.waitUntilExit()
        let second = try rented.start("--drain")
        second.waitUntilExit()
        #expect(second.terminationStatus == 0, "\(rented.said)")
        #expect(rented.caid.exists("tasks/gpu/completed/20261121_P1_count.md"))
        #expect(rented.events(onPod: pod).count { $0["event"] as? String == "started" } == 1)
        #expect(try rented.caid.text("artifacts/scripts/20261121_P1_count/sum.txt") == "5050")
        #expect(try await rented.count(of: "create") == 1)
        // The end of the daemon that drained is the end of the pod that the one before had made.
        #expect(try await rented.statuses() == [pod: "EXITED"])
    }

    @Test("a pod vanishes in the middle: another one is made, and the job goes on from its checkpoint at home")
    func vanishedPod() async throws {
        let rented = try RentedWorkspace(pod: "idle_stop: 3s")
        try rented.dropCounter(to: 150, pause: 0.1)
        let daemon = try rented.start("--drain")
        let pod = try await rented.podAtWork(counted: 10)
        try await rented.wait("checkpoint at home") {
            try rented.caid.exists("checkpoints/20261121_P1_count/script")
                && rented.caid.names("checkpoints/20261121_P1_count/script").contains { $0.count == 6 }
        }
        _ = try await rented.ask("/sim/trouble", #"{"kind": "pod_vanishes", "outcome": "gone", "pod": "\#(pod)"}"#)
        daemon.waitUntilExit()
        #expect(daemon.terminationStatus == 0, "\(rented.said)")
        #expect(try rented.caid.text("artifacts/scripts/20261121_P1_count/sum.txt") == "11325")
        #expect(try await rented.count(of: "create") == 2)
        let begins = try rented.begins()
        #expect(begins.count == 2 && begins.first == 0 && begins.last ?? 0 > 0, "\(begins)")
        #expect(try await rented.statuses().values.sorted() == ["EXITED"])
    }

    @Test("the daemon is killed for good: the pod's dead-man switch asks the job for a checkpoint and stops the pod")
    func deadMan() async throws {
        let rented = try RentedWorkspace(pod: "idle_stop: 3s\ndead_man: 6s\ndead_man_max: 12s")
        try rented.dropCounter(to: 100_000, pause: 0.1)
        let daemon = try rented.start()
        let pod = try await rented.podAtWork(counted: 10)
        let stops = try await rented.count(of: "stop")
        kill(daemon.processIdentifier, SIGKILL)
        daemon.waitUntilExit()
        try await rented.wait("stop by the pod itself") { try await rented.statuses() == [pod: "EXITED"] }
        #expect(try await rented.count(of: "stop") > stops)
        let events = rented.events(onPod: pod)
        #expect(
            events.last { ["done", "failed", "stopped"].contains($0["event"] as? String) }?["event"] as? String
                == "stopped")
        #expect((events.last { $0["event"] as? String == "stopped" }?["checkpoint"] as? NSNumber)?.intValue ?? 0 > 0)
    }
}
