// Owns what a person may ask of the daemon with a command: approve, retry, cancel; and the answer.
// Never guesses which task is meant: a name that fits several is sent back with the candidates.

import CAISystem
import FoundationEssentials
import SystemPackage

/// Something that a person asks for.
public struct Order: Sendable, Codable, Hashable {
    public enum Verb: String, Sendable, Codable { case approve, retry, cancel }
    public var verb: Verb
    /// `name.md`, its stem, or `queue/name`.
    public var task: String
    /// When it was asked; the time on the line that it leaves.
    public var at: Date

    public init(_ verb: Verb, task: String, at: Date) { (self.verb, self.task, self.at) = (verb, task, at) }
}

/// What came of an order.
public struct OrderReply: Sendable, Codable, Hashable {
    public enum Outcome: String, Sendable, Codable {
        case done
        /// Nothing was done, because it makes no sense as things stand.
        case refused
        /// No task, or more than one, has that name.
        case unclear
    }
    public var outcome: Outcome
    public var message: String

    public init(_ outcome: Outcome, _ message: String) { (self.outcome, self.message) = (outcome, message) }
}

extension Dispatcher {
    /// Does what an order asks for. Doing it twice does it once.
    /// - Returns: the answer, and the task at work that has to be stopped for it.
    public func carryOut(_ order: Order) throws -> (reply: OrderReply, stop: TaskRecord?) {
        let found = try find(order.task)
        let places = Self.states(order.verb).flatMap { state in found.filter { $0.state == state } }
        guard let place = places.first else { return (nothing(order, found), nil) }
        guard places.allSatisfy({ $0.queue == place.queue }) else {
            let list = places.map { "\($0.queue)/\($0.name) (\($0.state.words))" }.sorted().joined(separator: ", ")
            return (OrderReply(.unclear, "'\(order.task)' may be any of \(list); say which, as QUEUE/NAME"), nil)
        }
        do {
            switch order.verb {
            case .approve: return (try approve(place), nil)
            case .retry: return (try retry(place, order), nil)
            case .cancel: return try cancel(place, order)
            }
        } catch let error as Errno {
            let path = workspace.display(workspace.file(queue: place.queue, place.state, place.name))
            return (OrderReply(.refused, "\(path): cannot \(order.verb.rawValue) it: \(error)"), nil)
        }
    }

    private typealias Place = (queue: String, name: String, state: TaskState)

    /// Where a task may lie for this; where it lies in several folders of its queue, the first one is meant.
    private static func states(_ verb: Order.Verb) -> [TaskState] {
        switch verb {
        case .approve: [.pending]
        case .retry: [.blocked, .pending]
        case .cancel: [.inProgress, .pending, .blocked]
        }
    }

    /// Every file that has this name.
    private func find(_ task: String) throws -> [Place] {
        let (queue, names) = Needs.split(task)
        let scan = QueueScan(workspace: workspace, files: files)
        return try scan.scan().map(\.name).filter { queue == nil || $0 == queue }.flatMap { lane in
            TaskState.allCases.flatMap { state in
                names.filter { (try? files.status(workspace.file(queue: lane, state, $0)))?.kind == .regular }
                    .map { (lane, $0, state) }
            }
        }
    }

    private func nothing(_ order: Order, _ found: [Place]) -> OrderReply {
        if let other = found.first {
            return OrderReply(
                .refused,
                "\(other.queue)/\(other.name) is \(other.state.words): there is nothing to \(order.verb.rawValue)")
        }
        return OrderReply(.unclear, "there is no task '\(order.task)'; `caid status` lists them")
    }

    private func approve(_ place: Place) throws -> OrderReply {
        let path = workspace.file(queue: place.queue, .pending, place.name)
        let (document, _) = TaskDocument.diagnose(try files.read(path), name: place.name, file: place.name)
        guard document.frontMatter.requiresApproval else {
            return OrderReply(.refused, "\(place.name) does not ask for approval; nothing was changed")
        }
        try lifecycle.approve(queue: place.queue, name: place.name, words: "approved by caid approve")
        return OrderReply(.done, "\(place.queue)/\(place.name) is approved")
    }

    private func retry(_ place: Place, _ order: Order) throws -> OrderReply {
        if running["\(place.queue)/\(place.name)"] != nil {
            return OrderReply(.refused, "a task of the name \(place.name) is at work; retry this one when it has ended")
        }
        if place.state == .blocked {
            let moved = try lifecycle.move(
                queue: place.queue, name: place.name, from: .blocked, .released, words: "retried by caid retry",
                at: order.at)
            guard let moved else { return OrderReply(.refused, "\(place.name) was moved by somebody else just now") }
            return OrderReply(.done, "moved to \(workspace.display(moved))")
        }
        guard let record = try store.returned().last(where: { $0.key == "\(place.queue)/\(place.name)" }),
            record.ending?.hold != nil
        else {
            return OrderReply(.refused, "\(place.name) is pending already; `caid status` says what it waits for")
        }
        try lifecycle.forgetHold(of: record, words: "retried by caid retry", at: order.at)
        return OrderReply(.done, "\(place.queue)/\(place.name) does not wait any more")
    }

    private func cancel(_ place: Place, _ order: Order) throws -> (OrderReply, TaskRecord?) {
        let key = "\(place.queue)/\(place.name)"
        if place.state == .inProgress {
            guard let record = running[key] else {
                return (
                    OrderReply(
                        .refused,
                        "\(key) is in progress, but no daemon runs it: start `caid run` and cancel it then, or move its file"
                    ), nil
                )
            }
            try drop(record, at: order.at)
            return (OrderReply(.done, "\(key) is being stopped; its file goes to cancelled/"), record)
        }
        let moved = try lifecycle.move(
            queue: place.queue, name: place.name, from: place.state, .dropped, words: "cancelled by caid cancel",
            at: order.at)
        guard let moved else { return (OrderReply(.refused, "\(key) was moved by somebody else just now"), nil) }
        return (OrderReply(.done, "moved to \(workspace.display(moved))"), nil)
    }
}

extension TaskState {
    /// For people.
    public var words: String { self == .inProgress ? "in progress" : rawValue }
}
