// Owns finding tasks that wait for themselves over what they need: each task is visited once, however many there are.
// Never asks whether a need is met; it is given only those that are not.

/// The circles in a set of tasks and what each of them needs.
struct NeedCycles: Sendable {
    /// A task on the way that is being followed.
    private struct Step {
        var task: String
        /// Those of its needs that have not been looked at.
        var left: ArraySlice<String>
        /// The tasks from this place of the way to this one are told already.
        var toldFrom: Int
    }
    private var told: [String: String] = [:]

    /// - Parameter needs: `queue/name` of a task → those of the tasks that it waits for.
    init(_ needs: [String: [String]]) {
        var isDone: Set<String> = []
        for start in needs.keys.sorted() where !isDone.contains(start) {
            var way: [Step] = []
            var places: [String: Int] = [:]
            func enter(_ task: String) {
                places[task] = way.count
                way.append(Step(task: task, left: needs[task, default: []][...], toldFrom: way.count))
            }
            enter(start)
            while !way.isEmpty {
                let here = way.count - 1
                guard let next = way[here].left.popFirst() else {
                    isDone.insert(way[here].task)
                    places[way[here].task] = nil
                    way.removeLast()
                    continue
                }
                if let place = places[next] {
                    tell(way[place...])
                    way[here].toldFrom = min(way[here].toldFrom, place)
                } else if needs[next] != nil, !isDone.contains(next) {
                    enter(next)
                }
            }
        }
    }

    /// `a needs b needs a`, beginning with the task; nil where it does not wait for itself.
    func words(_ task: String) -> String? { told[task] }

    private mutating func tell(_ cycle: ArraySlice<Step>) {
        var place = cycle.endIndex - 1
        while place >= cycle.startIndex {
            let first = cycle[place].task
            if told[first] != nil {
                place = cycle[place].toldFrom - 1
                continue
            }
            var words = (0..<min(cycle.count, 5)).map {
                cycle[cycle.startIndex + (place - cycle.startIndex + $0) % cycle.count].task
            }
            if words.count < cycle.count { words.append("… (\(cycle.count - words.count) more)") }
            told[first] = (words + [first]).joined(separator: " needs ")
            place -= 1
        }
    }
}
