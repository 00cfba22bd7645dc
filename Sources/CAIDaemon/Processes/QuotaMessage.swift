// Owns recognising a provider's "you have used up your limit" in what an agent program printed.
// An answer that talks about limits is no such message: in a run that went well only a short output whose last line *is* the
// message counts, in one that failed only the last lines do.
// Never waits, and never invents a time; QuotaReset reads it.

import CAIWorkflow
import FoundationEssentials

/// A provider's refusal.
struct QuotaMessage {
    /// One line of at most 300 characters.
    let line: String
    /// The lines around it, where the time may stand.
    private let context: String

    /// In a run that went well.
    init?(answer: AgentText, errors: AgentText) {
        if answer.size < 600, let found = Self.find(in: answer.lines.suffix(3), { Self.isWholeMessage($0) }) {
            self = found
        } else if answer.isBlank, let found = Self.find(in: errors.lines.suffix(8), { Self.speaksOfLimit($0) }) {
            self = found
        } else {
            return nil
        }
    }

    /// In a run that failed: what it printed as errors, and the end of its answer.
    init?(failure errors: [AgentText], answer: AgentText) {
        for text in errors {
            let found = Self.find(in: text.lines.suffix(12)) { Self.isWholeMessage($0) || Self.speaksOfLimit($0) }
            if let found {
                self = found
                return
            }
        }
        let found = Self.find(in: answer.lines.suffix(5)) {
            Self.isWholeMessage($0) || (Self.speaksOfLimit($0) && Self.speaksOfTrouble($0))
        }
        guard let found else { return nil }
        self = found
    }

    /// When the limit is lifted, where that is said.
    func until(now: Date) -> Date? { QuotaReset.date(in: context, now: now) }

    private init(_ lines: ArraySlice<Substring>, at index: Int) {
        line = PlainText.line(String(lines[index]), limit: 300)
        let around = lines[max(lines.startIndex, index - 1)..<min(lines.endIndex, index + 4)]
        // The line itself comes first, so that its own time wins.
        context = ([lines[index]] + around).map { $0.prefix(2000) }.joined(separator: "\n")
    }

    private static func find(in lines: ArraySlice<Substring>, _ isMessage: (String) -> Bool) -> QuotaMessage? {
        lines.indices.last { isMessage(plain(lines[$0])) }.map { QuotaMessage(lines, at: $0) }
    }

    private static func plain(_ line: Substring) -> String {
        line.prefix(2000).lowercased().replacing("\u{2019}", with: "'")
    }

    /// Words of an answer that tell a refusal from a topic.
    private static func speaksOfTrouble(_ line: String) -> Bool {
        line.contains(
            /reached|exceed|\bhit\b|error|\b429\b|retry|try again|\bwait|resets?\b|too many|limited\b|exhausted|insufficient/
                .wordBoundaryKind(.simple))
    }

    /// Any of the words, wherever they stand.
    private static func speaksOfLimit(_ line: String) -> Bool {
        // What a full disk says.
        if line.contains("disk quota") { return false }
        let patterns: [Regex<Substring>] = [
            /(?:usage|session|weekly|daily|hour|request|token)s? limit (?:is |was )?(?:reached|exceeded|hit)/,
            /(?:hit|reached|exceeded) (?:your|the|our|its) .{0,30}limit/,
            /\brate[ _-]limit(?:ed|s|_error|_exceeded)?\b|\bratelimiterror\b/,
            /too[ _]many[ _]requests|\b(?:error|status|code|http)\b.{0,12}\b429\b|\b429\b.{0,20}\berror/,
            /quota.{0,30}(?:exceeded|exhausted|reached)|(?:exceeded|exhausted|reached|over).{0,30}quota/,
            /resource[ _](?:has been )?exhausted|insufficient_quota|quota_exceeded/,
            /retry[- ]after["':\s]+\d|try again in \d|limit.{0,40}\bresets?\b|\bresets?(?: at)? \d{4}-\d\d-\d\dt/,
        ]
        return patterns.contains { line.contains($0.wordBoundaryKind(.simple)) }
    }

    /// The line opens with the message, and what follows is its continuation and not a sentence about it.
    private static func isWholeMessage(_ line: String) -> Bool {
        let opening = /[^a-z0-9]*(?:(?:api |http )?error\b:?\W*|claude(?: ai| code)?:?\W*|codex:?\W*|gemini:?\W*)*/
        let messages: [Regex<Substring>] = [
            /you(?:'ve| have) (?:hit|reached|exceeded) (?:your|the) .{0,30}limit/,
            /you(?:'ve| have)? exceeded your .{0,30}quota/,
            /(?:5-hour |weekly |daily |session )?(?:usage )?limit (?:is |was )?(?:reached|exceeded)/,
            /rate[ _-]limit(?:ed)?(?: (?:is |was )?(?:reached|exceeded|hit)|_error|_exceeded|$)/,
            /(?:429\W*)?too many requests|quota (?:is |was )?exceeded|resource_exhausted|insufficient_quota/,
            /retry[- ]after:? \d+(?: ?s(?:econds)?)?\.?$/,
        ]
        let end = /\s*(?:$|[^a-z0-9\s]|(?:for|on|resets?|please|try|retry|until)\b)/
        guard let start = line.prefixMatch(of: opening.wordBoundaryKind(.simple)) else { return false }
        return messages.contains { message in
            guard let said = line[start.range.upperBound...].prefixMatch(of: message) else { return false }
            return line[said.range.upperBound...].prefixMatch(of: end) != nil
        }
    }
}
