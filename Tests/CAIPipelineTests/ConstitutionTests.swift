// Owns the tests of reading a constitution, and of the one that comes with the product.
// Never trusts a stated total.

import CAIYAML
import FoundationEssentials
import Testing

@testable import CAIPipeline

@Suite("Constitution")
struct ConstitutionTests {
    @Test func theShippedConstitutionHasFifteenPrinciples() throws {
        let root = #filePath.split(separator: "/").dropLast(3).joined(separator: "/")
        let bytes = try Data(contentsOf: URL(filePath: "/" + root + "/constitution.yaml"))
        let constitution = try Constitution(yaml: Array(bytes))
        #expect(constitution.principles.count == 15)
        #expect(constitution.countByCategory == [.helpful: 4, .harmless: 7, .honest: 4])
        #expect(constitution.principles.allSatisfy { !$0.text.contains("\n") && $0.text.hasSuffix(".") })
    }

    @Test(arguments: [
        ("principles: []\n", "no principles"),
        (
            "principles:\n  - {id: a, text: x, category: honest}\n  - {id: a, text: y, category: honest}\n",
            "\"a\" stands twice"
        ),
        ("principles:\n  - {id: A b, text: x, category: honest}\n", "\"A b\" must be lower-case"),
        ("principles:\n  - {id: a, text: ' ', category: honest}\n", "\"a\" has no text"),
    ])
    func unusableConstitutions(yaml: String, message: String) {
        let error = #expect(throws: PipelineError.self) { try Constitution(yaml: Array(yaml.utf8), file: "c.yaml") }
        #expect(error?.message.contains(message) == true)
        #expect(error?.message.hasPrefix("c.yaml: ") == true)
    }

    @Test func malformedYAMLNamesItsPlace() {
        let error = #expect(throws: YAMLError.self) {
            try Constitution(yaml: Array("principles:\n  - {id: a, text: x, category: kind}\n".utf8), file: "c.yaml")
        }
        #expect(error?.line == 2)
    }

    @Test func principlesAreDrawnBySeed() throws {
        let constitution = try Constitution(
            (1...9).map { Principle(id: "p\($0)", text: "Do \($0).", category: .honest) })
        let drawn = constitution.principles(for: "item-1", seed: 1, count: 2)
        #expect(drawn.count == 2 && drawn[0] != drawn[1])
        #expect(drawn == constitution.principles(for: "item-1", seed: 1, count: 2))
        let firsts = (1...40).compactMap { constitution.principles(for: "item-\($0)", seed: 1).first?.id }
        #expect(Set(firsts).count > 5)
    }
}
