// Owns: a reviewer's answer as a whole: its verdict, its findings, and the doubt that arises between the two.
// Any bytes are a response; what cannot be understood is no verdict and no finding.
// Never changes a byte: responses are records.

/// A reviewer's answer, read.
public struct ReviewResponse: Sendable, Hashable {
    public var verdict: ReviewVerdict
    /// In the order of the text; what is listed twice stands here once.
    public var findings: [Finding]

    public init(verdict: ReviewVerdict, findings: [Finding]) {
        self.verdict = verdict
        self.findings = findings
    }

    /// Reads a response in any of the forms that `docs/reviews.md` lists.
    public static func parse(_ bytes: [UInt8]) -> ReviewResponse {
        let lines = ReviewLine.read(bytes)
        let reader = FindingReader(lines, of: bytes)
        var verdict = VerdictReader(lines, findings: reader.covered).verdict
        let worst = reader.findings.filter(\.severity.contradictsApproval).min { $0.severity < $1.severity }
        if verdict.verdict == .approved, let worst {
            verdict.verdict = .ambiguous
            verdict.why += ", but line \(worst.line) has an open \(worst.severity) finding"
        }
        return ReviewResponse(verdict: verdict, findings: reader.findings)
    }
}
