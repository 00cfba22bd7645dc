// Owns: reading the roadmap fixtures, and saying in which lines two files differ.
// Files are read as bytes; nothing on the way decodes or normalises them.
// Never writes.

import FoundationEssentials
import Testing

enum RoadmapFixture {
    private static let folder = #filePath.split(separator: "/").dropLast().joined(separator: "/")

    static func bytes(_ name: String) throws -> [UInt8] {
        try Array(#require(FileManager.default.contents(atPath: "/\(folder)/Fixtures/roadmaps/\(name)")))
    }

    /// A roadmap that people kept by hand for a month, where it lies beside this repository.
    static let keptByHand: [UInt8]? = {
        let root = folder.split(separator: "/").dropLast(2).joined(separator: "/")
        return FileManager.default.contents(atPath: "/\(root)/../shared/seeds/000_c0fcc43ccf59e530.txt").map(Array.init)
    }()

    /// The lines that differ, as "number: before → after"; the files must have the same number of lines.
    static func changes(_ before: [UInt8], _ after: [UInt8]) -> [String] {
        let newline = UInt8(ascii: "\n")
        let old = before.split(separator: newline, omittingEmptySubsequences: false)
        let new = after.split(separator: newline, omittingEmptySubsequences: false)
        guard old.count == new.count else { return ["\(old.count) lines became \(new.count)"] }
        return zip(old, new).enumerated().filter { !$0.element.0.elementsEqual($0.element.1) }.map { index, pair in
            "\(index + 1): \(String(decoding: pair.0, as: UTF8.self)) → \(String(decoding: pair.1, as: UTF8.self))"
        }
    }
}
