// Owns running commands over a connection: short ones to their end, long ones in conversation.
// Never knows what a command means.

import SystemPackage

extension SSHConnection {
    /// What a command of `run` may say; one that says more is given up.
    static let outputLimit = 4 << 20
    static let errorLimit = 1 << 20

    /// As `PodConnection.run`. `timeout(1)` of the other side ends the command two seconds after the deadline, so that it does
    /// not outlive it even where the connection does not.
    /// - Throws: `.refused` where it says more than 4 MiB, or 1 MiB of errors.
    public nonisolated func run(_ command: [String], deadline: Double) async throws(GPUError) -> CommandResult {
        guard !command.isEmpty else { throw GPUError(.refused, "no command was given") }
        let limit = SSHDeadline(seconds: deadline, "end of \(command.first ?? "")")
        let line = try ShellCommand.line(["timeout", "-k", "5", "\(limit.seconds + 2)"] + command)
        return try await exclusively(within: limit.seconds) { session throws(GPUError) in
            let running = try SSHCommand(
                line, in: session, .total(limit), errorLimit: Self.errorLimit, keepsHead: true)
            try running.finishWriting()
            let output = try running.readAll(atMost: Self.outputLimit)
            guard let output, !running.errorsOverflowed else {
                throw GPUError(
                    .refused,
                    "\(command.first ?? "") said more than \(output == nil ? "4 MiB" : "1 MiB of errors"),"
                        + " and was given up")
            }
            return CommandResult(status: try running.end(), output: output, errors: running.errors)
        }
    }

    /// As `PodConnection.converse`. Output that comes while `body` writes is kept, up to 16 MiB.
    public nonisolated func converse<Answer: Sendable>(
        _ command: [String], patience: Double,
        _ body: @escaping @Sendable (any CommandStream) throws(GPUError) -> Answer
    ) async throws(GPUError) -> Answer {
        let line = try ShellCommand.line(command)
        return try await exclusively(within: patience) { session throws(GPUError) in
            let running = try SSHCommand(line, in: session, .patience(patience), errorLimit: 4096, keepsHead: false)
            let answer = try body(running)
            try running.finishWriting()
            guard try running.readAll(atMost: Self.outputLimit) != nil else {
                throw GPUError(.refused, "\(command.first ?? "") goes on talking after all was said, and was given up")
            }
            let status = try running.end()
            guard status == 0 else { throw Self.failure(command.first ?? "", status, running.errors) }
            return answer
        }
    }

    /// A command that ended with another status than 0.
    static func failure(_ program: String, _ status: Int32, _ errors: [UInt8]) -> GPUError {
        let said = String(
            String.UnicodeScalarView(
                String(decoding: errors.suffix(2000), as: UTF8.self).unicodeScalars.map {
                    $0.properties.generalCategory == .control || $0.properties.generalCategory == .format ? " " : $0
                }))
        let words = said.split(separator: " ").joined(separator: " ")
        if words.contains("No space left on device") || words.contains("Disk quota exceeded") {
            return GPUError(.noSpace, "the pod's disk is full", cause: words)
        }
        return GPUError(
            .jobFailed, "\(program) ended with status \(status) on the pod", cause: words.isEmpty ? nil : words)
    }
}

extension SSHCommand {
    /// The rest of the output; nil where it is more than so many bytes.
    func readAll(atMost limit: Int) throws(GPUError) -> [UInt8]? {
        var output: [UInt8] = []
        let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 16, alignment: 16)
        defer { buffer.deallocate() }
        while case let count = try read(into: buffer), count > 0 {
            guard output.count + count <= limit, !errorsOverflowed else { return nil }
            output += UnsafeRawBufferPointer(rebasing: buffer[..<count])
        }
        return output
    }
}
