// Owns what `needs` comes to: met, on its way, or never to be met as things stand, with the words for it.
// Knows names and where they lie, nothing else; what is completed is asked for name by name, and each name once.
// Never moves anything.

import CAIYAML

/// What pending tasks wait for among other tasks.
public struct Needs: Sendable {
    private var reasons: [String: Waiting] = [:]

    /// - Parameters:
    ///   - isIn: whether a file of this name lies in the folder of that state, of the queue or of any.
    ///   - completedNames: all completed names, asked for only to say which one may have been meant.
    public init(
        queues: [QueueFolders], candidates: [Candidate],
        isIn: @escaping (TaskState, _ queue: String?, _ name: String) -> Bool,
        completedNames: @escaping () -> [String] = { [] }
    ) {
        let waiting = candidates.filter { !$0.document.frontMatter.needs.isEmpty }
        guard !waiting.isEmpty else { return }
        var names = NeededNames(queues: queues, isIn: isIn, completedNames: completedNames)
        var open: [String: [String]] = [:]
        for candidate in waiting {
            let needs = candidate.document.frontMatter.needs.filter { !names.isMet($0) }
            if !needs.isEmpty { open[candidate.file.key] = needs }
        }
        let cycles = NeedCycles(open.mapValues { $0.flatMap { names.pending($0) } })
        for (task, needs) in open {
            if let cycle = cycles.words(task) {
                reasons[task] = .person("waits for itself: \(cycle); take one of these `needs` out of its header")
                continue
            }
            let words = needs.map { names.words($0) }
            let text = words.map(\.text).joined(separator: "; ")
            reasons[task] = words.contains(where: \.isStuck) ? .person(text) : .condition(text)
        }
    }

    /// What the task still waits for; nil where every need is met.
    /// - Parameter task: `queue/name`.
    public func waiting(_ task: String) -> Waiting? { reasons[task] }

    /// `name.md`, its stem, or `queue/name` → the queue, and the file names that are meant.
    static func split(_ need: String) -> (queue: String?, names: [String]) {
        let parts = need.split(separator: "/", omittingEmptySubsequences: false)
        let name = parts.last.map(String.init) ?? need
        let queue = parts.count > 1 ? parts.dropLast().joined(separator: "/") : nil
        return (queue, name.hasSuffix(".md") ? [name] : [name + ".md"])
    }
}

/// The names that tasks need, each looked up once.
private struct NeededNames {
    typealias Words = (text: String, isStuck: Bool)
    /// Where the tasks of each file name lie, those that are not completed.
    private var places: [String: [(queue: String, state: TaskState)]] = [:]
    private var met: [String: Bool] = [:]
    private var told: [String: Words] = [:]
    private var known: [String]?
    private let isIn: (TaskState, String?, String) -> Bool
    private let completedNames: () -> [String]

    init(
        queues: [QueueFolders], isIn: @escaping (TaskState, String?, String) -> Bool,
        completedNames: @escaping () -> [String]
    ) {
        (self.isIn, self.completedNames) = (isIn, completedNames)
        for queue in queues {
            for file in queue.pending { places[file.name, default: []].append((queue.name, .pending)) }
            for name in queue.inProgress { places[name, default: []].append((queue.name, .inProgress)) }
            for name in queue.blocked { places[name, default: []].append((queue.name, .blocked)) }
        }
    }

    mutating func isMet(_ need: String) -> Bool {
        if let known = met[need] { return known }
        let (queue, names) = Needs.split(need)
        let isMet = names.contains { isIn(.completed, queue, $0) }
        met[need] = isMet
        return isMet
    }

    /// The pending tasks that may be meant, as `queue/name`.
    func pending(_ need: String) -> [String] {
        let (queue, names) = Needs.split(need)
        return names.flatMap { name in
            (places[name] ?? []).filter { $0.state == .pending && (queue == nil || $0.queue == queue) }
                .map { "\($0.queue)/\(name)" }
        }
    }

    mutating func words(_ need: String) -> Words {
        if let known = told[need] { return known }
        let words = look(need)
        told[need] = words
        return words
    }

    private mutating func look(_ need: String) -> Words {
        let (queue, names) = Needs.split(need)
        let found = names.flatMap { places[$0] ?? [] }.filter { queue == nil || $0.queue == queue }
        if found.contains(where: { $0.state == .inProgress }) {
            return ("waiting for \(need), which is running", false)
        }
        if found.contains(where: { $0.state == .pending }) { return ("waiting for \(need) to be completed", false) }
        if let blocked = found.first {
            return ("waiting for \(need), which is blocked: its last lines in \(blocked.queue)/blocked/ say why", true)
        }
        if names.contains(where: { isIn(.cancelled, queue, $0) }) {
            return ("needs \(need), which is cancelled: take it out of `needs`, or move that file to pending/", true)
        }
        let stems = known ?? Set(places.keys).union(completedNames()).map { TaskName($0).stem }.sorted()
        known = stems
        let near = names.lazy.compactMap { Suggestion.nearest(to: TaskName($0).stem, in: stems) }.first
        let place = queue.map { "in the queue \($0)" } ?? "in any queue"
        let hint = near.map { "; did you mean \($0).md? Mend `needs`" } ?? ": put it into pending/, or mend `needs`"
        return ("needs \(need), but there is no such task \(place)\(hint)", true)
    }
}
