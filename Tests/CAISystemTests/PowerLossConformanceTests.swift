// Owns the proof that the power-loss twin behaves as the real file system: the same random verbs on both, and the same
// results, errors and trees.
// Never looks at what is durable; PowerLossFilesTests does.

import CAISystem
import Glibc
import SystemPackage
import TestSupport
import Testing

struct PowerLossConformanceTests {
    /// What a verb said, in words that both file systems can say.
    private enum Answer: Equatable {
        case done
        case failed(Errno)
        case names([String])
        case bytes([UInt8])
        case facts(FileKind?, size: Int64?, mode: UInt16?)
        case flag(Bool)
    }

    @Test(arguments: 1...8)
    func theSameVerbsHaveTheSameEffects(seed: UInt64) throws {
        var random = Seeded(state: seed)
        let folder = try TemporaryFolder()
        let (real, twin) = (RealFiles(), PowerLossFiles(renames: seed % 2 == 0 ? .atomic : .separate))
        var failures = 0
        for step in 0..<800 {
            let verb = Verb.random(using: &random)
            let expected = answer { try perform(verb, on: real, at: folder.path) { try makeReal(verb, folder.path) } }
            let found = answer { try perform(verb, on: twin, at: "/") { try make(verb, on: twin) } }
            try #require(found == expected, "step \(step): \(verb)")
            if case .failed = found { failures += 1 }
            if step % 50 == 0 { #expect(try tree(twin, "/") == tree(real, folder.path), "after step \(step)") }
            if step % 97 == 0 { twin.syncAll() }
        }
        #expect(try tree(twin, "/") == tree(real, folder.path))
        #expect((100..<700).contains(failures), "both kinds of answers were compared: \(failures) failures")
    }

    /// The errors a random walk meets too seldom.
    @Test func rareErrorsAreTheSame() throws {
        let folder = try TemporaryFolder()
        let (real, twin) = (RealFiles(), PowerLossFiles())
        let long = String(repeating: "ä", count: 128)
        func both(_ label: String, _ body: (any FileOperations, FilePath) throws -> Void) {
            let expected = answer {
                try body(real, folder.path)
                return .done
            }
            let found = answer {
                try body(twin, "/")
                return .done
            }
            #expect(found == expected, "\(label)")
        }
        both("a name of 256 bytes") { try $0.makeDirectory($1.appending(long)) }
        both("status of a name of 256 bytes") { _ = try $0.status($1.appending(long)) }
        both("below a name of 256 bytes") { _ = try $0.read($1.appending(long).appending("x")) }
        both("a tree") { try $0.makeDirectories($1.appending("a/b/c")) }
        both("into itself") { try $0.rename($1.appending("a"), to: $1.appending("a/b/d"), .replace) }
        both("swapped with its own child") { try $0.rename($1.appending("a"), to: $1.appending("a/b"), .exchange) }
        both("onto its own parent") { try $0.rename($1.appending("a/b"), to: $1.appending("a"), .replace) }
        both("swapped with its parent") { try $0.rename($1.appending("a/b"), to: $1.appending("a"), .exchange) }
        both("a folder with a second name") { try $0.link($1.appending("a"), to: $1.appending("z")) }
        both("a missing file's second name") { try $0.link($1.appending("y"), to: $1.appending("a")) }
        both("a file onto an empty folder") {
            try $0.create($1.appending("f"), bytes: [1], mode: .ownerReadWrite)
            try $0.rename($1.appending("f"), to: $1.appending("a/b/c"), .replace)
        }
        both("an empty folder onto a file") { try $0.rename($1.appending("a/b/c"), to: $1.appending("f"), .replace) }
        both("a limit") { _ = try $0.read($1.appending("f"), limit: 0) }
        #expect(try tree(twin, "/") == tree(real, folder.path))
    }

    // MARK: - One verb

    private enum Verb {
        case list(String), status(String), read(String), create(String, UInt8), rename(String, String, RenameMode)
        case link(String, String), setPermissions(String, UInt32), remove(String), makeDirectory(String)
        case isBeingWritten(String), syncDirectory(String), makeLink(String), makePipe(String), overwrite(String, UInt8)

        static func random(using random: inout Seeded) -> Verb {
            let (path, other) = (path(&random), path(&random))
            let byte = UInt8.random(in: .min ... .max, using: &random)
            return switch Int.random(in: 0..<26, using: &random) {
            case 0: .list(path)
            case 1, 2: .status(path)
            case 3: .read(path)
            case 4...6: .create(path, byte)
            case 7...12:
                .rename(path, other, [.replace, .exclusive, .exchange].randomElement(using: &random) ?? .replace)
            case 13, 14: .link(path, other)
            case 15: .setPermissions(path, [0o600, 0o644, 0o664, 0o400].randomElement(using: &random) ?? 0o600)
            case 16, 17: .remove(path)
            case 18...20: .makeDirectory(path)
            case 21: .isBeingWritten(path)
            case 22: .syncDirectory(path)
            case 23: byte < 128 ? .makeLink(path) : .makePipe(path)
            default: .overwrite(path, byte)
            }
        }

        /// Few names, so that they meet: one to three levels.
        private static func path(_ random: inout Seeded) -> String {
            (0..<Int.random(in: 1...3, using: &random)).map { _ in ["a", "b", "c"].randomElement(using: &random) ?? "a"
            }
            .joined(separator: "/")
        }
    }

    private func perform(
        _ verb: Verb, on files: some FileOperations, at root: FilePath, making: () throws -> Void
    ) throws -> Answer {
        func at(_ name: String) -> FilePath { root.pushing(FilePath(name)) }
        switch verb {
        case .list(let name): return .names(try files.list(at(name)).sorted())
        case .status(let name):
            let status = try files.status(at(name))
            let isFile = status?.kind == .regular
            return .facts(status?.kind, size: isFile ? status?.size : nil, mode: isFile ? status?.mode : nil)
        case .read(let name): return .bytes(try files.read(at(name), limit: 100))
        case .create(let name, let byte):
            try files.create(at(name), bytes: [UInt8](repeating: byte, count: Int(byte)), mode: .ownerReadWrite)
        case .rename(let from, let to, let mode): try files.rename(at(from), to: at(to), mode)
        case .link(let from, let to): try files.link(at(from), to: at(to))
        case .setPermissions(let name, let mode):
            // A folder without its x bit would lock the real one's owner out.
            guard try files.status(at(name))?.kind != .directory else { return .done }
            try files.setPermissions(at(name), FilePermissions(rawValue: mode))
        case .remove(let name): try files.remove(at(name))
        case .makeDirectory(let name): try files.makeDirectory(at(name))
        case .isBeingWritten(let name): return .flag(try files.isBeingWritten(at(name)))
        case .syncDirectory(let name): try files.syncDirectory(at(name))
        case .makeLink, .makePipe: try making()
        case .overwrite(let name, _):
            // Writing through a link or into a pipe is nobody's habit here, and a file may be read-only.
            let status = try files.status(at(name))
            guard status.map({ $0.kind == .regular && $0.mode & 0o200 != 0 }) ?? false else { return .done }
            try making()
        }
        return .done
    }

    /// What the protocol has no verb for.
    private func makeReal(_ verb: Verb, _ root: FilePath) throws {
        switch verb {
        case .makeLink(let name): try makeSymbolicLink(root.pushing(FilePath(name)), to: "nowhere at all")
        case .makePipe(let name): try CAISystemTests.makePipe(root.pushing(FilePath(name)))
        case .overwrite(let name, let byte):
            let path = root.pushing(FilePath(name))
            let file = try FileDescriptor.open(path, .writeOnly, options: [.truncate])
            try file.closeAfter {
                #expect(try RealFiles().isBeingWritten(path))
                _ = try file.writeAll([byte, byte])
            }
        default: break
        }
    }

    private func make(_ verb: Verb, on twin: PowerLossFiles) throws {
        switch verb {
        case .makeLink(let name): try twin.makeLink(FilePath("/\(name)"))
        case .makePipe(let name): try twin.makePipe(FilePath("/\(name)"))
        case .overwrite(let name, let byte):
            let writer = try twin.open(FilePath("/\(name)"))
            #expect(try twin.isBeingWritten(FilePath("/\(name)")))
            twin.write(writer, [byte, byte])
            twin.close(writer)
        default: break
        }
    }

    private func answer(_ body: () throws -> Answer) -> Answer {
        do { return try body() } catch let error as Errno { return .failed(error) } catch {
            Issue.record(error)
            return .done
        }
    }

    /// Every path below a folder with what is there; files that are one and the same say so.
    private func tree(_ files: some FileOperations, _ root: FilePath) throws -> [String] {
        var first: [UInt64: String] = [:]
        func visit(_ folder: FilePath, _ prefix: String) throws -> [String] {
            try files.list(folder).sorted().flatMap { name -> [String] in
                let (path, label) = (folder.appending(name), prefix + name)
                guard let status = try files.status(path) else { return ["\(label): listed, but not there"] }
                switch status.kind {
                case .directory: return ["\(label)/"] + (try visit(path, label + "/"))
                case .regular:
                    let twin = first[status.inode]
                    first[status.inode] = twin ?? label
                    let mode = String(status.mode, radix: 8)
                    return ["\(label): \(mode) \(try files.read(path, limit: 1000)) \(twin ?? "")"]
                default: return ["\(label): \(status.kind)"]
                }
            }
        }
        return try visit(root, "")
    }
}

/// SplitMix64 (Steele et al. 2014).
private struct Seeded: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }
}
