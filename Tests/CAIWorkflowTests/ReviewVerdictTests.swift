// Owns: checks that verdicts are read as a person would read them, in every dialect, and that traps open no gate.
// Each case is one short review; the expectation stands beside it.
// Never looks at findings.

import CAISystem
import Testing

@testable import CAIWorkflow

@Suite struct ReviewVerdictTests {
    static let approved = [
        "✅ Approved", "**✅ APPROVED**", "✅ Approved with minor notes", "Verdict: READY", "**READY**", "**Verdict**: Go",
        "**Verdict:** GO", "Go/No-Go: GO", "**Go/No-Go**: Go", "## Go/No-Go\n\nGo",
        "## GO / NO-GO\n\n**GO** for the full run.",
        "## Go/No-Go Decision: GO", "## Decision\n\nSCALE", "Decision: **SCALE** to 15k examples", "LGTM", "LGTM!",
        "LGTM, ship it", "GREEN LIGHT", "**Recommendation**: GREEN LIGHT", "🟢 GREEN LIGHT: run it", "## Verdict\n✅",
        "Status: ✅ Approved", "**Status**: APPROVED", "## Status: ✅ Approved",
        "### Overall Assessment\n\n✅ **Approved**\n\nGood work.",
        "- [x] Approved\n- [ ] Issues Found", "[x] Approved [ ] Issues Found", "☑ Approved ☐ Rejected",
        "Ready for deployment: Yes",
        "**Approved**: Yes", "## Verdict\n\nI approve this change.", "## Verdict\n\nThis is approved for deployment.",
        "## Recommendation\n\nThis is a clear GO.", "Overall: Approved. No blocking issues.",
        "**Verdict**: Approved, no changes required.", "**Verdict**: ✅ Approved — the implementation is correct.",
        "## Conclusion\n\nOverall, the code is approved.", "Approved.", "| Item | Value |\n|---|---|\n| Verdict | GO |",
        "| Part | Verdict |\n|---|---|\n| A | ✅ Approved |\n| B | GO |", "# Review of the plan — APPROVED",
        "Verdict\n=======\n\nApproved", "verdict: approved", "## Final Verdict: LGTM with minor suggestions",
        "## Summary\n\nApproved with minor notes.", "**Verdict**: `GO`",
        "**Verdict**: Approved\n\n**Issues found**: none", "Is it ready to go? Yes.",
        "✅ APPROVED\n\n## Checked\n- Tests: PASS\n- Lint: FAIL", "Verdict: \"GO\"",
        "## Earlier review\n\nNO-GO\n\n## Verdict\n\nApproved", "## ✅ Approved\n\nAll is well.",
        "## Verdict\n\nApproved.\n\nThe model must run on one GPU, and it does.",
        "Verdict: Approved but consider adding a note on seeds.", "**Verdict**: Approved\n\n**Blocking issues**: None",
    ]

    @Test(arguments: approved)
    func approval(text: String) {
        let verdict = ReviewResponse.parse(Array(text.utf8)).verdict
        #expect(verdict.verdict == .approved, "\(verdict)")
        #expect(verdict.line != nil)
    }

    static let refused = [
        "⚠️ Issues Found", "Status: ⚠️ Issues Found", "YELLOW LIGHT", "🟡 Yellow light: proceed with caution", "RED LIGHT",
        "❌ NO-GO",
        "NO GO", "Verdict: No-Go", "Go/No-Go: No-Go", "## Go/No-Go\n\n❌ NO-GO", "⚠️ MODIFY", "Decision: ITERATE",
        "**Recommendation**: ITERATE, not SCALE", "Approved with conditions", "Conditionally approved",
        "Verdict: Conditional GO",
        "Go: after switching to the exact test", "**Verdict**: Go, after switching\nto the exact test",
        "GO once the seed is fixed", "GO if the memory fits", "Approved pending the fix of item 2", "REQUEST CHANGES",
        "**Verdict**: Changes requested", "## Verdict\nNot approved", "Verdict: not yet approved",
        "## Verdict\n\nI cannot approve this.", "## Verdict\n\nI can't approve this as it stands.",
        "## Verdict\n\nI will approve once fixed.", "Verdict: approve once fixed",
        "Verdict: approved provided that X holds",
        "Verdict: Approved, but fix the loader first", "[ ] Approved [x] Issues Found",
        "- [ ] Approved\n- [x] Changes Requested",
        "Ready for deployment: No", "Approved: No", "Verdict: ⚠️ Go", "## Decision\n\nHold the run.",
        "Verdict: NOT READY",
        "**Verdict**: GO, provided:\n\n- the seed is set", "**Verdict**: GO:\n- after fixing the seed",
        "Verdict: Needs work",
        "Verdict: GO. The loss must be masked before the run.", "## Verdict\n\nDo not proceed.", "Verdict: ❌",
        "**Verdict**: Rejected", "Verdict: Major revisions",
        "Verdict: GO with caution", "Approved with required changes", "# Review — NO-GO", "Verdict: No–Go",
        "I do not approve this.", "- ✅ A: Approved\n- ⚠️ B: Issues Found",
        "Ready to deploy? Yes, once the pin is fixed.", "Verdict: Approved with reservations",
    ]

    @Test(arguments: refused)
    func refusal(text: String) {
        let verdict = ReviewResponse.parse(Array(text.utf8)).verdict
        #expect(verdict.verdict == .notApproved, "\(verdict)")
    }

    static let unclear = [
        "", "\n\n", "## Go/No-Go", "# Go/No-Go review\n\nSee below.", "[ ] Approved [ ] Issues Found",
        "Status: ✅ Approved / ⚠️ Issues Found", "**Verdict**: GO | ITERATE | SCALE", "Verdict: [GO / NO-GO]",
        "> ✅ Approved",
        "```\n✅ Approved\n```", "    ✅ Approved", "<!--\nVerdict: GO\n-->",
        "Legend:\n- ✅ Approved: fine\n- ❌ NO-GO: not",
        "## Legend\n\n✅ Approved means that it may be merged.",
        "## Verdict\n\nThe template says \"Approved\" and leaves it open.",
        "## Verdict\n\nSee “GO” in the request, page 3.",
        "# R\n\n## Previous review\n\n✅ Approved", "The prompt says \"Approved\" in line 3.",
        "Go to the next file.",
        "Ready or not, here it is.", "## Verdict options\n\n- GO\n- NO-GO", "Previous verdict: GO", "Status: complete",
        "Approved prompts are used.",
        "- Approved libraries only", "Scale the batch to 32.", "~~✅ Approved~~", "**Verdict**: ~~GO~~",
        "## Go/No-Go\n\n- MVP: Go\n- Publication: No-Go", "1. Go/No-Go: Go (MVP), No-Go (paper)",
        "## Verdict\n\nIt has to be seen whether this is ready to go.",
        "# Notes on the Go/No-Go meeting\n\nIs it ready?",
        "GO for the MVP.\n\nNO-GO for publication.", "Verdict: Go for the MVP, No-Go for publication",
        "## Verdict\n\nGO\n\n## Final Verdict\n\nNO-GO", "Verdict: ❌ Approved", "I cannot access the file.",
        "Verdict: GO\n\n## Conditions\n\n- mask the loss", "Verdict: GO\n\n## Must fix\n\n1. Mask the loss",
        "## Recommendation\n\nFix both before proceeding.", "- [x] Approved\n- [x] Issues Found",
        "## Verdict\n\nIs this ready to go?", "Approved?", "Reviewer: GO team", "- ✅ A: Approved\n- ⚠️ B: look again",
        "Is it ready to go?",
    ]

    @Test(arguments: unclear)
    func doubt(text: String) {
        let verdict = ReviewResponse.parse(Array(text.utf8)).verdict
        #expect(verdict.verdict == .ambiguous, "\(verdict)")
        #expect(!verdict.why.isEmpty)
    }

    @Test func noVerdictIsSaid() {
        let verdict = ReviewResponse.parse(Array("# Notes\n\nNothing here.".utf8)).verdict
        #expect(verdict == ReviewVerdict(verdict: .ambiguous, words: "", line: nil, why: "the review says no verdict"))
    }

    @Test func contradictionNamesBothLines() {
        let verdict = ReviewResponse.parse(Array("# R\n\n**Verdict**: Go\n\nx\n\n**Decision**: No-Go".utf8)).verdict
        #expect(verdict.verdict == .ambiguous)
        #expect(verdict.why == "two verdicts contradict: line 3 says \"Verdict: Go\", line 7 says \"Decision: No-Go\"")
    }

    @Test func oneVerdictPerItem() {
        let all = "### 1. Prompt\n**Verdict**: Approved\n\n### 2. Judge\n**Verdict**: GO"
        #expect(ReviewResponse.parse(Array(all.utf8)).verdict.verdict == .approved)
        let mixed = ReviewResponse.parse(Array((all + "\n\n### 3. Data\n**Verdict**: ❌ NO-GO").utf8)).verdict
        #expect(mixed.verdict == .notApproved)
        #expect(mixed.why == "2 of 3 items are approved; line 8 says \"Verdict: ❌ NO-GO\"")
    }

    @Test func wordsAreTheLineWithoutMarkup() {
        let verdict = ReviewResponse.parse(Array("\u{FEFF}# R\r\n\r\n**Verdict**: \u{7}✅ **Approved**\r\n".utf8))
            .verdict
        #expect(verdict.words == "Verdict: ✅ Approved")
        #expect(verdict.line == 3)
    }

    @Test(arguments: [Severity.fatal, .critical])
    func openWorstFindingContradictsApproval(severity: Severity) {
        let text = "Verdict: Approved\n\n### \(severity)\n- The split leaks"
        let verdict = ReviewResponse.parse(Array(text.utf8)).verdict
        #expect(verdict.verdict == .ambiguous)
        #expect(verdict.why.hasSuffix("but line 4 has an open \(severity) finding"))
        let high = text.replacing("\(severity)", with: "HIGH")
        #expect(ReviewResponse.parse(Array(high.utf8)).verdict.verdict == .approved)
    }
}
