// Owns running real programs under the real supervisor in a temporary folder, and finding what is left of them.
// Never reaches into the supervisor; files and processes are what is looked at.

import CAISystem
import Foundation
import SystemPackage
import TestSupport

@testable import CAIDaemon

/// A folder, a runner, and a mark that every process started here carries in its environment.
final class ProcessFixture: Sendable {
    let folder: TemporaryFolder
    let runner: ProcessRunner
    private let mark = "caid-test-mark-\(UUID().uuidString)"

    /// - Parameter supervisor: what is put in front of the folder; the executable beside this test's own by default.
    init(supervisor: [String]? = nil) throws {
        folder = try TemporaryFolder()
        runner = ProcessRunner(
            root: folder["processes"], supervisor: supervisor ?? Self.supervisor, files: RealFiles())
    }

    /// Whatever a failed test leaves is ended, so that no later one has to live with it.
    deinit { for pid in remains { kill(pid, SIGKILL) } }

    static var supervisor: [String] {
        let own = URL(filePath: "/proc/self/exe").resolvingSymlinksInPath().deletingLastPathComponent()
        return [own.appending(path: "caid").path, "supervise"]
    }

    /// A shell script as a program; it works in the temporary folder.
    func script(
        _ text: String, timeout: Double? = nil, idleTimeout: Double? = nil, outputLimit: Int = 64 << 20,
        grace: Double = 0.2
    ) -> ProcessRequest {
        request(["/bin/sh", "-c", text], timeout, idleTimeout, outputLimit, grace)
    }

    func request(
        _ command: [String], _ timeout: Double? = nil, _ idleTimeout: Double? = nil, _ outputLimit: Int = 64 << 20,
        _ grace: Double = 0.2
    ) -> ProcessRequest {
        ProcessRequest(
            command: command, environment: ["PATH": "/usr/local/bin:/usr/bin:/bin", "MARK": mark],
            folder: folder.path.string, log: folder["task.log"].string, timeout: timeout, idleTimeout: idleTimeout,
            outputLimit: outputLimit, grace: grace)
    }

    /// Every living process that was started from here, however far it has gone away.
    var remains: [Int32] {
        ProcessTable.now().entries.filter { entry in
            guard !entry.isDead,
                let bytes = try? RealFiles().read(FilePath("/proc/\(entry.pid)/environ"), limit: 1 << 20)
            else { return false }
            return String(decoding: bytes, as: UTF8.self).contains(mark)
        }.map(\.pid)
    }

    /// The part of a file's lines, for counting how often something happened.
    func lines(_ name: String) -> Int { ((try? folder.text(name)) ?? "").split(separator: "\n").count }

    func start(_ id: String) throws -> ProcessStart? {
        try ProcessFolder(path: runner.root.appending(ProcessFolder.name(of: id)), files: RealFiles()).readStart()
    }

    /// Waits until something is so; gives up after half a minute.
    func wait(until isSo: () throws -> Bool) async throws {
        for _ in 0..<3000 {
            if try isSo() { return }
            try await Task.sleep(for: .milliseconds(10))
        }
        throw NeverHappened()
    }

    struct NeverHappened: Error {}
}

extension ProcessReport {
    var out: String { String(decoding: stdout, as: UTF8.self) }
    var err: String { String(decoding: stderr, as: UTF8.self) }
}
