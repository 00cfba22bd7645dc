// Owns a person's key pair for tests, made by the machine's own ssh-keygen.
// Never has a passphrase.

import Foundation
import SystemPackage

/// A key pair in a folder.
public struct SSHKey: Sendable {
    public var privateFile: FilePath
    public var publicFile: FilePath { FilePath(privateFile.string + ".pub") }

    /// - Parameter type: `ed25519`, `ecdsa`, `rsa`.
    public init(in folder: TemporaryFolder, type: String = "ed25519") throws {
        privateFile = folder["id_\(type)"]
        let made = try Self.run(
            "/usr/bin/ssh-keygen", ["-q", "-t", type, "-N", "", "-C", "test", "-f", privateFile.string])
        guard made.status == 0 else { throw HTTPFailure(description: "ssh-keygen: \(made.output)") }
    }

    /// Runs a program to its end.
    static func run(_ program: String, _ arguments: [String]) throws -> (status: Int32, output: String) {
        let process = Process()
        process.executableURL = URL(filePath: program)
        process.arguments = arguments
        let pipe = Pipe()
        (process.standardOutput, process.standardError) = (pipe, pipe)
        process.standardInput = FileHandle.nullDevice
        try process.run()
        let data = pipe.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        return (process.terminationStatus, String(decoding: data, as: UTF8.self))
    }
}
