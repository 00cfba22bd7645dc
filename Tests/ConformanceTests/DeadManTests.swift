// Owns the proof that a rented machine ends by itself where nobody gives word any more, with what runs on it saved; the minutes of
// its rule are seconds here.
// Never stops the pod from outside.

import CAISystem
import SystemPackage
import TestSupport
import Testing

@testable import CAIGPU

struct DeadManTests {
    /// Works on until it is asked to end.
    private static let endless = """
        import os, time
        os.makedirs("kept", exist_ok=True)
        open("kept/note", "w").write("so far")
        print("progress 1/2 at work", flush=True)
        while True:
            time.sleep(0.05)

        """

    @Test func aMachineThatNobodyTalksToSavesItsJobsAndStops() async throws {
        let ground = try await RunPodGround(Product.worker())
        defer { withExtendedLifetime(ground) {} }
        let rule = DeadManSettings(
            dead_man_s: 12, dead_man_max_s: 15,
            stop: DeadManSettings.Stop(kind: "runpod-v2", base_url: ground.simulator.baseURL, pod: ground.pod))
        let bootstrap = RemoteBootstrap(worker: ground.worker, deadMan: { _ in rule })
        let machine = try await ground.machine()
        let connection = try await ground.connect()
        try await bootstrap.prepare(connection, machine, say: { _ in })
        let job = RemoteJob(
            pod: ReadyPod(identity: "p", connection: connection, transfer: ground.transfer(to: machine)), id: "j0b")
        let kept = KeptPod(ground)
        try await job.prepare(
            kept.request(
                "script",
                .object([
                    "command": .array(["python3", "work.py"]), "outputs": .array([]), "keep": .array(["kept"]),
                ]),
                inputs: [JobInput(name: "work.py", source: try ground.folder.write(Self.endless, to: "work.py"))]),
            from: nil
        ) { _ in }
        _ = try await bootstrap.word(connection)
        try await job.start()
        // Words keep it up for longer than it waits.
        let end = ContinuousClock.now + .seconds(16)
        while ContinuousClock.now < end {
            #expect(try await bootstrap.word(connection) == nil)
            try await Task.sleep(for: .milliseconds(300))
        }
        #expect(try await job.status().state == "running")
        #expect(try await ground.simulator.count(of: "stop") == 0)
        await connection.close()

        // The workstation is gone.
        _ = try await ground.simulator.wait(for: ground.pod, "EXITED")
        #expect(try await ground.simulator.count(of: "stop") == 1, "with the machine's own key")
        let folder = ground.workdir.appending("jobs").appending("j0b")
        let events = text(try RealFiles().read(folder.appending("events.jsonl")))
        #expect(events.contains(#""event": "stopped""#) || events.contains(#""event":"stopped""#), "\(events)")
        let note = folder.appending("checkpoints").appending("000001").appending("kept").appending("note")
        #expect(text(try RealFiles().read(note)) == "so far")

        // The next boot has a switch of its own, and what was saved is there.
        try await ground.provider.start()
        let again = try await ground.connectWhenReady()
        try await bootstrap.prepare(again, try await ground.machine(), say: { _ in })
        #expect(try await bootstrap.word(again) == nil)
        let status = try await again.run(again.workerCommand + ["status", folder.string], deadline: 60)
        #expect(try CanonicalJSON.decode(JobStatus.self, from: status.output).state == "stopped")
        await again.close()
    }
}
