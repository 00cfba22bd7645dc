// Owns a folder that lives as long as a test: made empty, removed with everything in it.
// Never made anywhere but below the machine's folder for temporary files.

import CAISystem
import FoundationEssentials
import SystemPackage

/// An empty folder, removed when the last reference to it is gone.
public final class TemporaryFolder: Sendable {
    public let path: FilePath
    private let files = RealFiles()

    public init() throws {
        path = FilePath(FileManager.default.temporaryDirectory.path).appending(
            "caid-test-\(String(UInt64.random(in: .min ... .max), radix: 36))")
        try files.makeDirectory(path)
    }

    deinit { try? files.removeTree(path) }

    /// A path in the folder.
    public subscript(_ name: String) -> FilePath { path.pushing(FilePath(name)) }

    /// Writes a file, with the folders above it, in place of what has that name.
    @discardableResult
    public func write(_ text: String, to name: String) throws -> FilePath {
        let path = self[name]
        try files.makeDirectories(path.removingLastComponent())
        try files.writeAtomically(path, bytes: Array(text.utf8))
        return path
    }

    public func text(_ name: String) throws -> String { String(decoding: try files.read(self[name]), as: UTF8.self) }

    /// Every regular file below the folder, as relative paths, sorted.
    public func names() throws -> [String] { try files.files(below: path) }
}
