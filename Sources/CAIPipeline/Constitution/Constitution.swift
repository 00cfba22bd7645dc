// Owns reading and validating a constitution, and drawing principles from it by seed.
// Never counts on a total stated in a file: it counts the principles.

import CAIYAML

/// The principles that answers are held against.
public struct Constitution: Sendable, Equatable {
    public let principles: [Principle]

    private struct File: Decodable {
        let version: Int?
        let principles: [Principle]
    }

    /// Reads `constitution.yaml`: a top-level list `principles` of `id`, `text`, `category`.
    /// - Throws: `YAMLError` with line and column for what is no such list; `PipelineError.invalidConstitution` for
    ///   principles that cannot be used.
    public init(yaml: [UInt8], file: String = "constitution.yaml") throws {
        try self.init(try YAMLDecoder().decode(File.self, from: yaml, file: file).principles, file: file)
    }

    /// - Throws: `PipelineError.invalidConstitution` where there is no principle, an id stands twice or is not kebab or
    ///   snake case, or a text is empty.
    public init(_ principles: [Principle], file: String = "constitution") throws {
        func error(_ message: String) -> PipelineError {
            PipelineError(.invalidConstitution, "\(file): \(message)")
        }
        if principles.isEmpty { throw error("there are no principles; write at least one under `principles:`") }
        var ids: Set<String> = []
        for principle in principles {
            let isName = principle.id.allSatisfy { $0.isASCII && ($0.isLowercase || $0.isNumber || "-_".contains($0)) }
            if principle.id.isEmpty || !isName {
                throw error("the id \"\(principle.id)\" must be lower-case letters, digits, - and _")
            }
            if principle.text.trimmed.isEmpty { throw error("the principle \"\(principle.id)\" has no text") }
            if !ids.insert(principle.id).inserted { throw error("the id \"\(principle.id)\" stands twice") }
        }
        self.principles = principles
    }

    /// Principles by category; a category without any stands with 0.
    public var countByCategory: [Principle.Category: Int] {
        let none = Dictionary(uniqueKeysWithValues: Principle.Category.allCases.map { ($0, 0) })
        return principles.reduce(into: none) { $0[$1.category, default: 0] += 1 }
    }

    /// Up to `count` different principles for one instruction: the same for the same seed and id.
    public func principles(for instructionID: String, seed: Int, count: Int = 1) -> [Principle] {
        var generator = SeededGenerator(seed: seed, "principles", instructionID)
        return generator.sample(principles, count: count)
    }
}
