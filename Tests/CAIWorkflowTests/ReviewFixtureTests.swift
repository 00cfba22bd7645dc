// Owns: checks that whole reviews, shaped like real ones, are read as a person would read them.
// The files lie under Fixtures/reviews; the expectations stand beside their names.
// Never edits a file.

import CAISystem
import Foundation
import Testing

@testable import CAIWorkflow

@Suite struct ReviewFixtureTests {
    static func bytes(_ name: String) throws -> [UInt8] {
        let folder = try #require(Bundle.module.resourceURL)
        return Array(try Data(contentsOf: folder.appending(path: "Fixtures/reviews/\(name)")))
    }

    static let expected: [(file: String, verdict: Verdict, line: Int?, findings: [String])] = [
        ("approved_but_critical.md", .ambiguous, 3, ["CRITICAL 7 The gate only warns"]),
        (
            "approved_minor_notes.md", .approved, 8,
            ["SUGGESTION 21 Log the seed", "SUGGESTION 22 Rename tmp to something that says what it holds"]
        ),
        ("bom_crlf.md", .notApproved, 3, ["HIGH 7 The curve is missing", "HIGH 9 The table is wrong"]),
        (
            "bracket_bullets.md", .notApproved, 9,
            [
                "CRITICAL 3 the loss is taken over the prompt as well", "HIGH 4 No seed is set for the sampler",
                "MEDIUM 5 Rename the helper",
            ]
        ),
        ("cannot_access.md", .ambiguous, nil, []),
        ("conditional_go.md", .notApproved, 5, ["MEDIUM 9 The confidence intervals are Wald intervals"]),
        ("findings_table.md", .notApproved, 20, ["HIGH 11 Held-out items reused", "LOW 12 Missing docstring"]),
        ("go_and_no_go.md", .ambiguous, 6, []),
        (
            "issues_found_numbered.md", .notApproved, 4,
            [
                "CRITICAL 10 All three models are loaded at once", "CRITICAL 16 The test set leaks into training",
                "HIGH 29 McNemar's test uses the chi-square approximation with fewer than ten discordant pairs",
            ]
        ),
        ("items_all_approved.md", .approved, 4, []),
        ("items_mixed.md", .notApproved, 7, []),
        (
            "iterate.md", .notApproved, 3,
            ["SUGGESTION 9 Try shorter critiques", "SUGGESTION 10 Measure agreement between two judges"]
        ),
        ("no_verdict.md", .ambiguous, nil, []),
        ("ready.md", .approved, 3, []),
        ("saved_terminal_error.md", .ambiguous, nil, []),
        ("scale.md", .approved, 2, []),
        (
            "severity_fields.md", .notApproved, 2,
            ["FATAL 6 Duplicate prompts", "MEDIUM 11 Temperature is not recorded", "SUGGESTION 14 Naming"]
        ),
        ("unticked_template.md", .ambiguous, nil, []),
        (
            "verdict_template.md", .notApproved, 3,
            ["CRITICAL 18 Prompts keep the chat template", "LOW 25 Docstring is out of date"]
        ),
        (
            "yellow_light.md", .notApproved, 1,
            [
                "HIGH 3 the pod has no dead-man switch", "MEDIUM 4 requirements.txt pins nothing",
                "LOW 5 typos in the README",
            ]
        ),
    ]

    @Test(arguments: expected)
    func review(file: String, verdict: Verdict, line: Int?, findings: [String]) throws {
        let response = ReviewResponse.parse(try Self.bytes(file))
        #expect(response.verdict.verdict == verdict, "\(response.verdict.why)")
        #expect(response.verdict.line == line)
        #expect(response.findings.map { "\($0.severity) \($0.line) \($0.title)" } == findings)
    }

    @Test func everyFixtureIsExpected() throws {
        let folder = try #require(Bundle.module.resourceURL).appending(path: "Fixtures/reviews")
        let files = try FileManager.default.contentsOfDirectory(atPath: folder.path)
        #expect(files.sorted() == Self.expected.map(\.file))
    }

    @Test func onlyTheSavedErrorIsDead() throws {
        for file in Self.expected.map(\.file) {
            #expect((ReviewOutput.judge(try Self.bytes(file)) != nil) == (file == "saved_terminal_error.md"), "\(file)")
        }
    }

    @Test func fieldsOfAWholeReview() throws {
        let findings = ReviewResponse.parse(try Self.bytes("issues_found_numbered.md")).findings
        let first = try #require(findings.first)
        #expect(first.location == "scripts/evaluate.py:120-164")
        #expect(first.impact == "3 × 16 GB at 4 bit; the run dies, or worse, compares a half-loaded model.")
        #expect(first.suggestion == "load, evaluate and free one model after the other.")
        #expect(findings[1].location == "scripts/make_split.py, line 33")
        #expect(findings[1].text.contains("## Verdict: Approved"))
    }
}
