// Owns: a request for a review, read: what is to be reviewed and by whom; and when all have answered.
// Every task file is a request too; only a malformed front matter is an error.
// Never looks into folders: who has answered what is told to it.

import CAIYAML

/// A file that asks for a review.
public struct ReviewRequest: Sendable {
    public let name: TaskName
    /// One line.
    public let title: String
    /// Folder names below `reviews/`, from `Assigned Reviewers`; empty where the request names none: then the folder it
    /// lies in says who reviews.
    public let reviewers: [String]
    /// The queue its fix tasks go to; nil: the first agent queue.
    public let assignTo: String?
    public let priority: Priority
    public let frontMatter: FrontMatter
    /// Remarks that stop nothing.
    public let notes: [TaskNote]

    /// Reads a request and every problem of its front matter.
    /// - Parameters:
    ///   - name: the file's name in its folder.
    ///   - file: how errors and notes name it.
    public static func diagnose(
        _ bytes: [UInt8], name: String, file: String
    ) -> (request: ReviewRequest, problems: [YAMLError]) {
        let (document, problems) = TaskDocument.diagnose(bytes, name: name, file: file)
        let (reviewers, line) = ReviewerNames.read(ReviewLine.read(bytes))
        var notes = document.notes
        if let line, reviewers.isEmpty {
            let message = "no reviewer is named here; write for example `**Assigned Reviewers**: codex, gemini`"
            notes.append(TaskNote(file: file, line: line, column: 1, message: message))
        }
        let request = ReviewRequest(
            name: document.name, title: title(document.title), reviewers: reviewers,
            assignTo: document.frontMatter.assignTo, priority: document.priority, frontMatter: document.frontMatter,
            notes: notes)
        return (request, problems)
    }

    /// "Review Request: X" → "X".
    private static func title(_ title: String) -> String {
        guard let colon = title.firstIndex(of: ":") else { return title }
        let words = SeverityMark.words(String(title[..<colon]))
        let rest = String(title[title.index(after: colon)...].drop(while: \.isWhitespace))
        let isLabel = words.contains("review") && words.count <= 3 && !rest.isEmpty
        return isLabel ? rest : title
    }

    /// What the answers so far come to: approved only when every reviewer approved.
    /// - Parameter answers: of each reviewer the newest last; a nil verdict is no answer yet. Where the request names no
    ///   reviewers, those of the answers are the ones asked.
    /// - Returns: `why` for people: who is missing, or who did not approve and what they said.
    public func standing(
        _ answers: [(reviewer: String, verdict: ReviewVerdict?)]
    ) -> (isComplete: Bool, isApproved: Bool, why: String) {
        var given: [String: ReviewVerdict] = [:]
        var named: [String] = []
        for answer in answers {
            let folder = ReviewerNames.folder(answer.reviewer) ?? answer.reviewer
            if !named.contains(folder) { named.append(folder) }
            if let verdict = answer.verdict { given[folder] = verdict }
        }
        let asked = reviewers.isEmpty ? named : reviewers
        guard !asked.isEmpty else { return (false, false, "nobody was asked for a review") }
        let missing = asked.filter { given[$0] == nil }
        let against = asked.compactMap { name in
            given[name].flatMap { $0.verdict == .approved ? nil : Self.says(name, $0) }
        }
        var reasons = against
        if !missing.isEmpty { reasons.append("waiting for \(missing.joined(separator: ", "))") }
        let isApproved = reasons.isEmpty
        let why = isApproved ? "approved by \(asked.joined(separator: ", "))" : reasons.joined(separator: "; ")
        return (missing.isEmpty, isApproved, why)
    }

    private static func says(_ name: String, _ verdict: ReviewVerdict) -> String {
        verdict.verdict == .notApproved
            ? "not approved by \(name) (\(verdict.why))"
            : "\(name)'s answer has to be read by a person (\(verdict.why))"
    }
}
