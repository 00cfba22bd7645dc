// Owns the tests of what `caid doctor` makes of what it finds on this machine and in an account.
// Never starts a server; DoctorWayTests does.

import CAISystem
import CAIWorkflow
import Foundation
import Synchronization
import SystemPackage
import TestSupport
import Testing

@testable import CAIDaemon
@testable import CAIGPU

struct DoctorTests {
    private final class Flag: Sendable { let value = Mutex(false) }

    @Test func noCheckHangs() async throws {
        let isOver = Flag()
        let found = await Diagnosis.of("x", within: 0.05, remedy: "do this") {
            // Deaf to its cancellation.
            while !isOver.value.withLock({ $0 }) { try? await Task.sleep(for: .milliseconds(10)) }
            return .ok("x", "late")
        }
        isOver.value.withLock { $0 = true }
        #expect(found == .bad("x", "no answer within 0 s", "do this"))
        let thrown = await Diagnosis.of("x") { throw UsageError("a\u{1B}[31m word\nand another") }
        #expect(thrown == .bad("x", "a [31m word and another"))
    }

    @Test func findingsAreTexts() throws {
        let found: [Diagnosis] = [.ok("python", "Python 3.11.2"), .bad("ssh port", "nothing listens", "start it")]
        #expect(
            Doctor.text(found)
                == "ok    python    Python 3.11.2\nbad   ssh port  nothing listens\n                → start it\n")
        let json = try CanonicalJSON.encode(found)
        #expect(
            String(decoding: json, as: UTF8.self)
                == #"[{"name":"python","remedy":null,"state":"ok","words":"Python 3.11.2"},"#
                + #"{"name":"ssh port","remedy":"start it","state":"bad","words":"nothing listens"}]"#)
    }

    @Test(
        arguments: [
            ("Python 3.11.2", .ok), ("Python 3.13.0rc1", .ok), ("Python 4.0", .ok), ("Python 3.10.12", .bad),
            ("Python 2.7.18", .bad), ("bash: python3: not found", .bad), (nil, .bad),
        ] as [(String?, Diagnosis.State)])
    func theWorkerNeedsPython(said: String?, state: Diagnosis.State) {
        #expect(MachineChecks.python(said, "python", "install it").state == state)
    }

    @Test func littleRoomIsSaid() {
        let gib = 1_073_741_824.0
        let found = [0.5, 5, 50].map { MachineChecks.disk("disk", free: $0 * gib, place: "/w") }
        #expect(found.map(\.state) == [.bad, .warn, .ok])
        #expect(found[1].words == "/w: 5.0 GiB free" && found[1].remedy?.isEmpty == false)
    }

    @Test func theRoomOnAPodIsReadFromDf() {
        let df = "Filesystem 1024-blocks Used Available Capacity Mounted on\n/dev/sda 100 40 60 40% /workspace\n"
        #expect(SSHChecks.free(Array(df.utf8)) == 61_440)
        for nonsense in ["", "df: x: No such file\n", "a\nb c d e f g\n", "a\nb c d NaNo\n"] {
            #expect(SSHChecks.free(Array(nonsense.utf8)) == nil)
        }
    }

    @Test func theBalanceLastsAsLongAsEverythingCosts() {
        let full = RunPodChecks.balance(100, usdPerHour: 0.05, 2.69)
        #expect(
            full.state == .ok
                && full.words.hasSuffix("$100.00 left: lasts 83 d 8 h at the $0.05 an hour that everything costs now"))
        let low = RunPodChecks.balance(20, usdPerHour: 2.69, 2.69)
        #expect(
            low.state == .warn && low.words.contains("lasts 7 h 26 min") && low.remedy?.contains("add credit") == true)
        let idle = RunPodChecks.balance(100, usdPerHour: 0, 2.69)
        #expect(idle.state == .ok && idle.words.hasSuffix("a pod at $2.69 an hour could run 1 d 13 h"))
        for left in [0, -0.4] {
            let empty = RunPodChecks.balance(left, usdPerHour: 0, 2.69)
            #expect(empty.state == .bad && empty.words.contains("the account is empty"))
            #expect(empty.remedy == "add credit at https://console.runpod.io/user/billing")
        }
    }

    @Test func aClockThatIsWrongIsSaid() {
        #expect(
            [0.4, -1.9, 31, -299, 300, -86_400].map { RunPodChecks.clock($0).state } == [
                .ok, .ok, .warn, .warn, .bad, .bad,
            ])
        #expect(RunPodChecks.clock(-45).words == "45 s behind RunPod's")
        #expect(RunPodChecks.clock(400).words.hasPrefix("6 min 40 s ahead of RunPod's: "))
    }

    @Test func eachStateOfAPodIsSaid() {
        func pod(_ status: MachineStatus, configured: String? = nil) -> Diagnosis {
            RunPodChecks.pod(
                Machine(id: "abc", status: status, usdPerHour: 2.69, storageUSDPerHour: 0.05, gpu: "H100"),
                configured: configured)
        }
        #expect(pod(.running) == .ok("pod", "abc with H100 runs, $2.69 an hour, its disk $1.20 a day"))
        #expect(pod(.stopped) == .ok("pod", "abc is stopped, its disk $1.20 a day"))
        #expect(pod(.missing).state == .ok && pod(.missing, configured: "abc").state == .bad)
        #expect(pod(.failed).state == .bad && pod(.preparing).state == .ok)
        #expect(pod(.unknown("ODD")).state == .warn)
    }

    @Test func thisMachineIsLookedAt() async throws {
        let folder = try TemporaryFolder()
        let checks = MachineChecks(
            folder: folder.path, environment: ["PATH": "/usr/local/bin:/usr/bin:/bin"],
            interpreter: { folder["env/bin/python"] })
        #expect(await checks.python().words.hasPrefix("Python 3."))
        let environment = await checks.environmentOfJobs()
        #expect(environment.state == .warn && environment.remedy?.contains("make deps") == true)
        #expect(checks.libraries().words.contains("libssh2 1.") && checks.libraries().words.contains("libcurl/"))
        #expect(checks.disk().words.hasPrefix("\(folder.path): "))
        #expect(checks.inotify().words.contains("instances"))
        #expect(await checks.git().words.contains("has no commit"))
        let bare = MachineChecks(folder: folder.path, environment: ["PATH": folder.path.string]) {
            throw UsageError("caid's own files are nowhere")
        }
        let (python, git) = await (bare.python(), bare.git())
        #expect(python.state == .bad && git.state == .warn)
        #expect(await bare.environmentOfJobs() == .bad("environment", "caid's own files are nowhere"))
    }

    @Test func aWorkspaceThatIsNoneOrBrokenIsSaid() async throws {
        let folder = try TemporaryFolder()
        let environment = ["PATH": "/usr/bin:/bin", "HOME": folder.path.string]
        let none = await Examination(folder: folder.path, environment: environment, workspace: nil).run()
        #expect(none.first?.state == .warn && none.first?.remedy?.contains("caid init") == true)
        try folder.write("pod: {provider: moon}\n", to: "cai.yaml")
        let broken = await Examination(
            folder: folder.path, environment: environment, workspace: Workspace(root: folder.path)
        ).run()
        #expect(broken.first?.state == .bad && broken.first?.words.contains("cai.yaml:1:17") == true)
        try folder.write("pod: {provider: local}\n", to: "cai.yaml")
        let whole = await Examination(
            folder: folder.path, environment: environment, workspace: Workspace(root: folder.path)
        ).run()
        #expect(whole.map(\.name) == ["cai.yaml", "python", "environment", "libraries", "disk", "inotify", "git"])
    }
}
