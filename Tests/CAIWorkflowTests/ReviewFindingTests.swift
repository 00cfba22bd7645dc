// Owns: checks that findings are found in every dialect, with their fields, and that traps give none.
// Each case is one short review.
// Never looks at verdicts.

import CAISystem
import Testing

@testable import CAIWorkflow

@Suite struct ReviewFindingTests {
    static func findings(_ text: String) -> [Finding] { ReviewResponse.parse(Array(text.utf8)).findings }

    static let dialects: [(text: String, findings: [String])] = [
        ("### CRITICAL\n1. One leak\n2. Two leaks", ["CRITICAL One leak", "CRITICAL Two leaks"]),
        ("### 🚨 CRITICAL\n\n- One leak\n- Two leaks", ["CRITICAL One leak", "CRITICAL Two leaks"]),
        (
            "## High Priority Issues (2)\n\n### 1. One leak\nText.\n\n### 2. Two leaks",
            ["HIGH One leak", "HIGH Two leaks"]
        ),
        ("**HIGH**\n- One leak\n\n**Good**\n- Fine tests", ["HIGH One leak"]),
        ("LOW:\n* One leak", ["LOW One leak"]),
        ("- 🚨 CRITICAL\n  - One leak\n- HIGH\n  - Two leaks", ["CRITICAL One leak", "HIGH Two leaks"]),
        ("- [CRITICAL] One leak", ["CRITICAL One leak"]),
        ("[FATAL] One leak", ["FATAL One leak"]),
        ("**CRITICAL**: One leak", ["CRITICAL One leak"]),
        ("**CRITICAL: One leak**", ["CRITICAL One leak"]),
        ("- **High** One leak in the split", ["HIGH One leak in the split"]),
        ("🔴 Critical – One leak", ["CRITICAL One leak"]),
        ("1. Medium: One leak\n2. Low - Two leaks", ["MEDIUM One leak", "LOW Two leaks"]),
        ("### [HIGH] One leak", ["HIGH One leak"]),
        ("### 2. HIGH – One leak", ["HIGH One leak"]),
        ("### Issue 3 (MEDIUM): One leak", ["MEDIUM One leak"]),
        ("### Issue 3: One leak (🚨 CRITICAL)", ["CRITICAL One leak"]),
        ("### One leak [Low]", ["LOW One leak"]),
        ("#### CRITICAL ISSUE #1: One leak", ["CRITICAL One leak"]),
        ("- HIGH-2: One leak", ["HIGH One leak"]),
        ("- **One leak** (HIGH): it is bad", ["HIGH One leak"]),
        ("## One leak\n\n**Severity**: High\n", ["HIGH One leak"]),
        ("## One leak\n\n- **Severity:** 🔴 CRITICAL (blocks the run)\n", ["CRITICAL One leak"]),
        (
            "1. **One leak**\n   - Severity: Low\n2. **Two leaks**\n   - Severity: FATAL",
            ["LOW One leak", "FATAL Two leaks"]
        ),
        ("**Issue**: One leak\n**Severity**: Medium\n", ["MEDIUM One leak"]),
        ("- One leak — Severity: HIGH", ["HIGH One leak"]),
        ("## One leak\n\n**Severity**: [ ] Critical [x] High [ ] Low", ["HIGH One leak"]),
        ("## One leak\n\n### Severity\n- [ ] Critical\n- [x] Medium", ["MEDIUM One leak"]),
        ("## One leak\n\n- [x] Critical\n- [ ] High", ["CRITICAL One leak"]),
        (
            "| Severity | Finding |\n|---|---|\n| High | One leak |\n| **Low** | Two leaks |",
            ["HIGH One leak", "LOW Two leaks"]
        ),
        ("### Fatal Flaws\n\nThe comparison is void. Nothing else counts.", ["FATAL The comparison is void"]),
        ("## Critical & High\n\n- [HIGH] One leak\n- Two leaks", ["HIGH One leak", "CRITICAL Two leaks"]),
        ("## Suggestions (optional)\n\n- Log more", ["SUGGESTION Log more"]),
        ("### CRITICAL\n- [ ] One leak", ["CRITICAL One leak"]),
        ("### HIGH\n\n**One leak**\n\nText.\n\n**Two leaks**\n\nText.", ["HIGH One leak", "HIGH Two leaks"]),
        ("- [P0] One leak — src/a.py:3\n- [P3] Two leaks", ["CRITICAL One leak", "LOW Two leaks"]),
        ("### MEDIUM\n- None of the seeds is set\n", ["MEDIUM None of the seeds is set"]),
        ("### HIGH\n- No seed is set", ["HIGH No seed is set"]),
        (
            "### HIGH\n- Keep one sampler (fixed seed)\n- Conflicts are not resolved",
            ["HIGH Keep one sampler (fixed seed)", "HIGH Conflicts are not resolved"]
        ),
        ("### CRITICAL\r\n1. One leak\r\n", ["CRITICAL One leak"]),
        ("Findings\n\n- HIGH — One leak\n\n---\n\n- LOW — Two leaks", ["HIGH One leak", "LOW Two leaks"]),
        ("1. **[HIGH] One leak** — it is bad", ["HIGH One leak"]),
        ("### [x] Critical\n\nOne leak.", ["CRITICAL One leak"]),
        ("**Issue 1 (HIGH)**: One leak\n\n**Issue 2 (LOW)**: Two leaks", ["HIGH One leak", "LOW Two leaks"]),
        ("### C1 — One leak (HIGH)\n\n### H1: Two leaks [LOW]", ["HIGH One leak", "LOW Two leaks"]),
        ("## Remaining concerns\n\n**Severity**: LOW\n**Description**: One leak", ["LOW One leak"]),
        ("- [ ] CRITICAL: One leak", ["CRITICAL One leak"]),
    ]

    @Test(arguments: dialects)
    func dialect(text: String, expected: [String]) {
        #expect(Self.findings(text).map { "\($0.severity) \($0.title)" } == expected)
    }

    static let traps = [
        "### 🚨 CRITICAL\n- None.", "### CRITICAL\nNone found", "### HIGH\n\nN/A", "### HIGH\n- n/a\n### LOW\n-\n",
        "### CRITICAL: None",
        "- **CRITICAL**: None", "### CRITICAL\nThere are no critical issues.",
        "### CRITICAL\nNo critical issues found, but see below.",
        "This is critical for the paper, at a high price.", "Found 2 HIGH, 1 LOW.", "**HIGH**: 2, **LOW**: 1",
        "- CRITICAL: 0\n- HIGH: 3 issues",
        "~~[HIGH] One leak~~", "- ~~[HIGH] One leak~~ (misread)", "### ~~HIGH: One leak~~\n\nText.",
        "- [HIGH] ~~One leak~~",
        "- [HIGH] One leak (retracted)", "### HIGH: One leak — RETRACTED\n\nText",
        "### Critical Issues Resolved\n- One leak",
        "[ ] Critical [ ] High", "## Review\n\n**Severity**: [ ] Critical [ ] High",
        "## R\n\n- [ ] Critical\n- [ ] High",
        "```\n[CRITICAL] One leak\n```", "> [CRITICAL] One leak", "Legend:\n- CRITICAL: must be fixed\n- LOW: may wait",
        "## Severity levels\n\n- CRITICAL: must be fixed\n- LOW: may wait",
        "| Severity | Count |\n|---|---|\n| HIGH | 2 |",
        "| Severity | Meaning |\n|---|---|\n| HIGH | bad |", "## Critical review of the plan\n\n- It is fine",
        "## High-level summary\n\n- It is fine",
        "### Low-hanging fruit\n- Apples", "Impact: High", "**Priority**: High", "Confidence: high",
        "- ✅ CRITICAL: seeds are set",
        "**Severity**: Critical / High / Medium / Low",
        "## One leak\n\n**Severity**: High\n**Status**: Fixed in 1a2b3c", "~~[HIGH] One\nleak~~",
        "### CRITICAL\n- Fixed: the loader frees memory",
        "CRITICAL (last round): all resolved", "- [CRITICAL] [describe the issue]", "High confidence in the results.",
        "- High test coverage",
    ]

    @Test(arguments: traps)
    func trap(text: String) {
        #expect(Self.findings(text) == [])
    }

    static let fields: [(text: String, location: String?, impact: String?, suggestion: String?)] = [
        (
            "### HIGH\n1. T\n   - **Location**: `a.py:3`\n   - **Impact**: bad\n   - **Recommendation**: mend it",
            "a.py:3", "bad", "mend it"
        ),
        ("- [HIGH] T\n  File: a.py\n  Why: it is\n  bad\n  Fix: mend\n  it", "a.py", "it is bad", "mend it"),
        ("- [HIGH] T. Where: a.py:3; Why it matters: bad. Suggested fix: mend it.", "a.py:3", "bad.", "mend it."),
        (
            "### [HIGH] T\n\n**Lines**: 3-9\n\n**Impact**\n\nIt is bad.\n\n**Action:**\n- mend it\n- test it", "3-9",
            "It is bad.", "mend it test it"
        ),
        ("### [HIGH] T\n\nIt fails in `src/a/b.swift:12`, see also c.md.", "src/a/b.swift:12", nil, nil),
        ("- [HIGH] Seeds are missing (train.py line 12)", "train.py:12", nil, nil),
        ("- [HIGH] src/a.py:3-5 - Seeds are missing", "src/a.py:3-5", nil, nil),
        ("- [HIGH] Seeds are missing in v1.2, e.g. here", nil, nil, nil),
        ("**HIGH**: T\n**Location:** a.md\n**Suggestion:** mend it\n\n**MEDIUM**: U", "a.md", nil, "mend it"),
        (
            "| Sev | Issue | File(s) | Impact | Fix |\n|--|--|--|--|--|\n| High | T | a.py | – | mend it |", "a.py",
            nil, "mend it"
        ),
    ]

    @Test(arguments: fields)
    func field(text: String, location: String?, impact: String?, suggestion: String?) throws {
        let finding = try #require(Self.findings(text).first)
        #expect(finding.severity == .high)
        #expect(finding.location == location)
        #expect(finding.impact == impact)
        #expect(finding.suggestion == suggestion)
    }

    @Test func textIsAsWritten() throws {
        let text = "# R\n\n### HIGH\n\n1. **A leak**  \n   ```\n   # CRITICAL\n   ```\n\tmore\n\n2. B\n"
        let finding = try #require(Self.findings(text).first)
        #expect(finding.text == "1. **A leak**  \n   ```\n   # CRITICAL\n   ```\n\tmore")
        #expect(finding.line == 5)
    }

    @Test func theSameAgainIsOne() {
        let twice = "### MEDIUM\n1. **A leak.** Text.\n\n## Actions\n- CRITICAL: A leak\n- HIGH: Another"
        #expect(
            Self.findings(twice).map { "\($0.severity) \($0.title) \($0.line)" } == [
                "CRITICAL A leak 2", "HIGH Another 6",
            ])
        let places = "- [LOW] Dead code (a.py:1)\n- [LOW] Dead code (b.py:1)"
        #expect(Self.findings(places).map(\.location) == ["a.py:1", "b.py:1"])
    }

    @Test func longTitlesAreCut() throws {
        let text = "- [HIGH] The sampler draws with replacement. Then it sorts."
        #expect(Self.findings(text).first?.title == "The sampler draws with replacement")
        let long = "- [LOW] " + String(repeating: "word ", count: 20_000)
        #expect(try #require(Self.findings(long).first).title.count <= 161)
    }
}
