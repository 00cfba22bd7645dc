// Owns the words of the choice: a pending task as it is seen, and why one is not running.
// Never chooses.

import CAISystem
import CAIYAML
import FoundationEssentials

/// What a pending file says, read once. A class, because there may be ten thousand of them, and every turn and every status
/// file makes a list of them all.
final class PendingContent: Sendable {
    let document: TaskDocument
    let order: TaskOrder
    let problems: [YAMLError]
    let approvalBoxes: [String: Bool]
    let unreadable: String?

    init(
        _ document: TaskDocument, _ problems: [YAMLError], _ approvalBoxes: [String: Bool], unreadable: String? = nil
    ) {
        (self.document, self.problems, self.approvalBoxes) = (document, problems, approvalBoxes)
        (order, self.unreadable) = (document.order, unreadable)
    }
}

/// A pending task as the choice sees it.
public struct Candidate: Sendable {
    public let file: PendingFile
    /// Whether the file may be touched already.
    public let isSettled: Bool
    private let content: PendingContent

    public init(
        file: PendingFile, document: TaskDocument, problems: [YAMLError], isSettled: Bool,
        approvalBoxes: [String: Bool] = [:]
    ) {
        self.init(file: file, PendingContent(document, problems, approvalBoxes), isSettled: isSettled)
    }

    init(file: PendingFile, _ content: PendingContent, isSettled: Bool) {
        (self.file, self.content, self.isSettled) = (file, content, isSettled)
    }

    public var document: TaskDocument { content.document }
    /// Place in the queue.
    var order: TaskOrder { content.order }
    /// What is wrong with its header; such a task is taken up only to be blocked with these words.
    public var problems: [YAMLError] { content.problems }
    /// Why nothing is known of what it says, where that is so.
    var unreadable: String? { content.unreadable }
    /// The approval boxes in it, by nonce: whether each is ticked.
    public var approvalBoxes: [String: Bool] { content.approvalBoxes }
}

/// Why a pending task is not running.
public enum Waiting: Sendable, Hashable {
    /// Still being written, as far as one can tell.
    case settling
    /// Everything that runs its kind of work is busy.
    case slot(String)
    /// For a moment that is near, and is waited for even by a drain.
    case pause(until: Date, String)
    /// For a time, another task, or a review: something that may come about without a person.
    case condition(String, until: Date? = nil)
    /// For a person, who has to do something.
    case person(String)

    /// For people.
    public var reason: String {
        switch self {
        case .settling: "settling: the file has only just been written"
        case .slot(let text), .pause(_, let text), .condition(let text, _), .person(let text): text
        }
    }

    /// When it ends by itself, where that is known.
    public var until: Date? {
        switch self {
        case .pause(let until, _): until
        case .condition(_, let until): until
        case .settling, .slot, .person: nil
        }
    }

    /// Whether a drain waits for it.
    public var isBrief: Bool {
        switch self {
        case .settling, .slot, .pause: true
        case .condition, .person: false
        }
    }
}
