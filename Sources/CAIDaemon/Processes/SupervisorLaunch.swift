// Owns starting a supervisor as a process in a session of its own, and noticing that it has ended.
// Never ends it: neither a Ctrl-C at our terminal nor our own end reaches it.

import CAISystem
import Glibc
import Subprocess
import Synchronization
import SystemPackage

/// A supervisor that this process has started.
final class SupervisorLaunch: Sendable {
    private let ended = Mutex<String?>(nil)

    /// How it ended, in words for the case that it has not started the program; nil while it runs.
    var failure: String? { ended.withLock { $0 } }

    /// - Parameter onEnd: called once, after `failure` is set.
    init(_ words: [String], folder: FilePath, onEnd: @escaping @Sendable () -> Void) {
        // Detached, so that nobody's cancellation ends the supervisor.
        Task.detached {
            let text = await Self.run(words + [folder.string])
            self.ended.withLock { $0 = text }
            onEnd()
        }
    }

    private static func run(_ words: [String]) async -> String {
        var options = PlatformOptions()
        options.createSession = true
        // What a program must not see its supervisor must not have either; only where our libraries are has to be told.
        let library = getenv("LD_LIBRARY_PATH").map { [Environment.Key("LD_LIBRARY_PATH"): String(cString: $0)] }
        do {
            let result = try await Subprocess.run(
                words[0].contains("/") ? .path(FilePath(words[0])) : .name(words[0]),
                arguments: Arguments(Array(words.dropFirst())), environment: .custom(library ?? [:]),
                platformOptions: options, input: .none, output: .discarded, error: .string(limit: 1 << 16))
            let text = result.standardError.split(whereSeparator: \.isNewline).last.map { ": \($0)" } ?? ""
            return "its supervisor ended (\(result.terminationStatus)) before it started the program\(text)"
        } catch {
            return "its supervisor \(words[0]) cannot be started: \(error)"
        }
    }
}
