// Owns a workspace as `caid init` makes it, copied for every run, and where the executable is.

import Foundation
import Testing

final class CrashTemplate: Sendable {
    let url = FileManager.default.temporaryDirectory.appending(path: "caid-crash-\(UUID().uuidString)")

    /// The executable beside this test's own.
    static var executable: URL {
        URL(filePath: "/proc/self/exe").resolvingSymlinksInPath().deletingLastPathComponent().appending(path: "caid")
    }

    init() async throws {
        let end = try await Strace.run([Self.executable.path, "init", url.path])
        try #require(end == .exit(0))
        try FileManager.default.createDirectory(at: url.appending(path: ".caid"), withIntermediateDirectories: true)
    }

    deinit { try? FileManager.default.removeItem(at: url) }
}
