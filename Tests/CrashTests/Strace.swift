// Owns running a program with one of its system calls disturbed: the process killed before the call, or the call failed.
// Never installs anything; where strace is missing or may not trace, the tests are skipped and say so.

import Foundation

/// What happens at a system call.
enum Disturbance: Hashable, Sendable, CustomStringConvertible {
    /// The process is killed before the call has any effect.
    case kill
    /// The call has no effect and says so with this error, as strace spells it.
    case fail(String)

    var description: String {
        switch self {
        case .kill: "SIGKILL"
        case .fail(let error): error
        }
    }

    fileprivate var injection: String {
        switch self {
        case .kill: "signal=KILL"
        case .fail(let error): "error=\(error)"
        }
    }
}

/// A kind of system call and what happens at it.
struct Injection: Hashable, Sendable, CustomStringConvertible {
    var call: String
    var disturbance: Disturbance

    var description: String { "\(disturbance) at \(call)" }

    /// Every call that changes a file or the names in a folder, and the errors that a full or failing disk answers with.
    static let all: [Injection] =
        changing.map { Injection(call: $0, disturbance: .kill) }
        + [
            "rename": ["EIO"], "renameat2": ["EIO", "ENOSPC"], "unlink": ["EIO"], "mkdir": ["ENOSPC"], "link": ["EIO"],
            "chmod": ["EIO"], "fsync": ["EIO"], "fdatasync": ["EIO"], "pwrite64": ["ENOSPC", "EIO"],
            "write": ["ENOSPC"], "ftruncate": ["EIO"], "openat": ["EMFILE", "ENOSPC"],
        ].sorted { $0.key < $1.key }.flatMap { call, errors in
            errors.map { Injection(call: call, disturbance: .fail($0)) }
        }

    static let changing = [
        "rename", "renameat2", "unlink", "mkdir", "link", "chmod", "fsync", "fdatasync", "pwrite64", "write",
        "ftruncate",
    ]
}

/// strace(1), version 5 or later.
enum Strace {
    /// How a program ended.
    enum End: Equatable, Sendable {
        case exit(Int32)
        case signal(Int32)
        case timeout
    }

    /// Whether strace is here and may trace.
    static let isUsable: Bool = {
        let process = Process()
        process.executableURL = URL(filePath: "/usr/bin/env")
        process.arguments = ["strace", "-f", "-b", "execve", "-o", "/dev/null", "true"]
        process.standardError = FileHandle.nullDevice
        guard (try? process.run()) != nil else { return false }
        process.waitUntilExit()
        return process.terminationStatus == 0
    }()

    /// Runs a command on one processor, with the `number`-th call of a thread disturbed.
    ///
    /// strace counts the calls of each thread by itself. On one processor the daemon's work is done by one thread, so that
    /// `number` counts through nearly all of its calls. Programs that the daemon starts are let go at their first step.
    /// (With `--seccomp-bpf` an injected signal never arrives, so every call is stopped at.)
    /// - Returns: how it ended, and whether the call came that far.
    static func run(
        _ command: [String], _ injection: Injection, number: Int, processor: Int, trace: URL, output: URL
    ) async throws -> (end: End, isDisturbed: Bool) {
        let end = try await Self.run(
            [
                "taskset", "-c", "\(processor)", "strace", "-f", "-y", "-b", "execve", "-o", trace.path, "-e",
                "trace=\(injection.call)", "-e",
                "inject=\(injection.call):\(injection.disturbance.injection):when=\(number)",
            ] + command, output: output)
        let injected = String(decoding: (try? Data(contentsOf: trace)) ?? Data(), as: UTF8.self)
            .split(separator: "\n").filter { $0.contains("(INJECTED)") }
        if injected.contains(where: isWakeup) { return (end, false) }
        return (end, injection.disturbance == .kill ? end == .signal(SIGKILL) : !injected.isEmpty)
    }

    /// Whether a line is about a thread waking another, which no disk has a say in.
    private static func isWakeup(_ line: Substring) -> Bool {
        line.contains("<anon_inode:") || line.contains("<pipe:") || line.contains("<socket:")
    }

    /// Runs a command undisturbed.
    /// - Returns: for each kind of call the numbers, from 1, of those that it made on files, in whatever thread.
    static func numbers(of calls: Set<String>, in command: [String], trace: URL) async throws -> [String: [Int]] {
        _ = try await run(
            [
                "taskset", "-c", "0", "strace", "-f", "-y", "-b", "execve", "-o", trace.path, "-e",
                "trace=\(calls.sorted().joined(separator: ","))",
            ] + command)
        var made: [String: [Substring: Int]] = [:]
        var wakeups: [String: Set<Int>] = [:]
        for line in String(decoding: try Data(contentsOf: trace), as: UTF8.self).split(separator: "\n") {
            let words = line.split(separator: " ", maxSplits: 1, omittingEmptySubsequences: true)
            guard words.count == 2, let call = words[1].split(separator: "(").first.map(String.init)?.trimmed,
                calls.contains(call)
            else { continue }
            let number = made[call, default: [:]][words[0], default: 0] + 1
            made[call, default: [:]][words[0]] = number
            if isWakeup(line) { wakeups[call, default: []].insert(number) }
        }
        return made.reduce(into: [:]) { numbers, entry in
            numbers[entry.key] = (1...(entry.value.values.max() ?? 1)).filter {
                wakeups[entry.key]?.contains($0) != true
            }
        }
    }

    /// Runs a command, found on the path; stops it after a minute, many times what any run takes.
    /// - Parameter output: gets what it prints; nil throws it away.
    static func run(_ command: [String], output: URL? = nil) async throws -> End {
        let process = Process()
        process.executableURL = URL(filePath: "/usr/bin/env")
        process.arguments = ["timeout", "-k", "5", "60"] + command
        process.standardInput = FileHandle.nullDevice
        if let output { try Data().write(to: output) }
        let handle = try output.map { try FileHandle(forWritingTo: $0) } ?? FileHandle.nullDevice
        (process.standardOutput, process.standardError) = (handle, handle)
        defer { if output != nil { try? handle.close() } }
        let status: Int32 = try await withCheckedThrowingContinuation { continuation in
            process.terminationHandler = { process in
                let isSignal = process.terminationReason == .uncaughtSignal
                continuation.resume(returning: process.terminationStatus + (isSignal ? 128 : 0))
            }
            do { try process.run() } catch { continuation.resume(throwing: error) }
        }
        return status == 124 ? .timeout : status > 128 ? .signal(status - 128) : .exit(status)
    }
}

extension String {
    fileprivate var trimmed: String { trimmingCharacters(in: .whitespaces) }
}
