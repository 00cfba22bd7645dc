// Owns: checks that hold for any bytes whatever: nothing traps, findings have their lines, tasks stay harmless.
// The documents are made of what trips readers of reviews up; the same seed makes the same document.
// Never asserts what a random text means.

import CAISystem
import Testing

@testable import CAIWorkflow

@Suite struct ReviewPropertyTests {
    static let fragments = [
        "### 🚨 CRITICAL", "**HIGH**", "- [ ] Critical", "- [x] High", "1. **Title** text", "- None.", "~~",
        "~~[LOW] x~~", "| Severity | Issue |",
        "|---|---|", "| High | x |", "**Severity**: Low", "Severity:", "## Verdict", "Verdict: GO", "✅ Approved",
        "[ ] Approved [x] NO-GO",
        "Go/No-Go", "**", "__", "`", "[", "](", "[x", "(", "Legend:", "## Legend", "   - Impact: y", "Fix:", "a.py:12",
        "\\", "<b", "====", "---",
        "> quote", "```", "# H", "- ", "1.", "|", "||", "FATAL:", "[CRITICAL]", "[P0]", "\t", "İ", "e\u{301}", "👩‍🔬",
        "\u{0}", "\r", "",
    ]

    static func document(_ seed: Int) -> [UInt8] {
        var random = SeededRandom(seed)
        var bytes: [UInt8] = []
        for _ in 0..<Int.random(in: 0...40, using: &random) {
            if Int.random(in: 0..<15, using: &random) == 0 {
                bytes += (0..<8).map { _ in UInt8.random(in: .min ... .max, using: &random) }
            } else {
                bytes += Array((fragments.randomElement(using: &random) ?? "").utf8)
            }
            bytes += Array([" ", "\n", "\n", "\n\n", "\r\n"][Int.random(in: 0..<5, using: &random)].utf8)
        }
        return bytes
    }

    @Test(arguments: 0..<40)
    func anyBytes(block: Int) throws {
        for seed in (block * 10)..<(block * 10 + 10) {
            let bytes = Self.document(seed)
            let response = ReviewResponse.parse(bytes)
            let lines = LineScanner.scan(bytes)
            for finding in response.findings {
                #expect(finding.line >= 1 && finding.line <= lines.count)
                let first = String(decoding: bytes[lines[finding.line - 1].content], as: UTF8.self)
                #expect(finding.text.utf8.starts(with: first.utf8))
                #expect(
                    !finding.title.isEmpty && finding.title.count <= 161 && !finding.title.contains(where: \.isNewline))
            }
            if let line = response.verdict.line { #expect(line <= lines.count) }
            if response.verdict.verdict == .approved { #expect(response.verdict.line != nil) }
            _ = ReviewOutput.judge(bytes)
            let request = ReviewRequest.diagnose(bytes, name: "r.md", file: "r.md").request
            #expect(request.reviewers.allSatisfy { !$0.contains("/") && !$0.hasPrefix(".") })
            let tasks = FixTask.all(
                for: response, request: "r.md", reviewer: "codex", responsePath: "reviews/codex/responses/r.md",
                assignedTo: "q", at: ReviewFixTaskTests.instant)
            #expect(Set(tasks.map(\.name)).count == tasks.count)
            for task in tasks {
                let skeleton = ReviewFixTaskTests.skeleton(task)
                #expect(Array(skeleton.headings.dropFirst()) == ReviewFixTaskTests.sections)
                #expect(skeleton.boxes == ReviewFixTaskTests.criteria)
                #expect(TaskDocument.diagnose(task.bytes, name: task.name, file: task.name).problems.isEmpty)
            }
        }
    }

    @Test func longReviewsAreRead() {
        let many = (1...500).map { "\($0). Leak number \($0)" }.joined(separator: "\n")
        #expect(ReviewResponse.parse(Array("### HIGH\n\n\(many)".utf8)).findings.count == 500)
        let line = String(repeating: "~~[a](**`", count: 11_000)
        _ = ReviewResponse.parse(Array("## Verdict\n\n\(line)\n\n- [HIGH] \(line)\n".utf8))
    }
}
