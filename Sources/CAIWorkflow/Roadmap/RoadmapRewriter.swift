// Owns: ticking items and what follows from it: markers of the headings above, their Status cells in the budget table, the
// completion date of a milestone, the date of the last update. These are the only bytes it may touch; everything else comes back as it was.
// Never unticks, never ticks what was not named (no parent after its last nested box), never repairs a contradiction.

/// Keeps a person's roadmap true when work is done.
public enum RoadmapRewriter {
    /// Ticks the named items in a roadmap.
    ///
    /// - A heading above an item ticked now gets the marker its boxes roll up to, and its word the letter case it had.
    ///   A suffix that is no state (`📋 NEW`) stays. A heading that contradicted its boxes before is left alone and
    ///   reported; 🚨 always does.
    /// - A level-2 heading that becomes ✅ gets `date` into its `**Completed**:` line. If it has none, one is added:
    ///   directly under `**Target Completion**:`, else after the list of its last box.
    /// - The Status cell of a touched section in the budget table is brought up to its state.
    /// - `**Last Updated**:` gets `date`; the rest of that line stays.
    ///
    /// A second run with the same references changes nothing. `date` is a local `YYYY-MM-DD`.
    public static func tick(_ bytes: [UInt8], _ references: [String], on date: String) -> RoadmapUpdate {
        let roadmap = Roadmap.parse(bytes)
        let found = resolve(references, in: roadmap)
        guard !found.open.isEmpty else {
            return RoadmapUpdate(
                bytes: bytes, ticked: [], alreadyTicked: found.closed.map { $0.entry }, problems: found.problems)
        }
        var edits = ByteEdits()
        var problems = found.problems
        let ticked = Set(found.open.map(\.index))
        for index in ticked.sorted() {
            let mark = roadmap.items[index].mark
            edits.add(ByteEdit(mark..<(mark + 1), "x"))
        }
        let touched = Set(ticked.flatMap { roadmap.ancestry(of: roadmap.items[$0].section).map(\.index) })
        let budget = BudgetTable.find(in: roadmap)
        for section in touched.sorted().map({ roadmap.sections[$0] }) {
            rollUp(section, ticked, in: roadmap, on: date, &edits, &problems)
            if let budget, let row = budget.row(about: section),
                let state = roadmap.state(of: section, alsoTicked: ticked),
                let edit = budget.statusEdit(row, state, in: bytes)
            {
                edits.add(edit)
            }
        }
        if let updated = RoadmapLabel.all("Last Updated", in: roadmap.lines, of: bytes).first {
            set(updated, "Last Updated", date, in: bytes, &edits, &problems)
        }
        return RoadmapUpdate(
            bytes: edits.applied(to: bytes), ticked: found.open.map { $0.entry },
            alreadyTicked: found.closed.map { $0.entry }, problems: problems)
    }

    private typealias Found = (index: Int, entry: RoadmapUpdate.Item)

    private static func resolve(
        _ references: [String], in roadmap: Roadmap
    ) -> (open: [Found], closed: [Found], problems: [RoadmapProblem]) {
        var result: (open: [Found], closed: [Found], problems: [RoadmapProblem]) = ([], [], [])
        for text in references {
            switch roadmap.item(named: text) {
            case .failure(let problem): result.problems.append(problem)
            case .success(let item):
                let entry = RoadmapUpdate.Item(reference: text, name: roadmap.name(of: item), line: item.line)
                if (result.open + result.closed).contains(where: { $0.index == item.index }) { continue }
                if item.isTicked {
                    result.closed.append((item.index, entry))
                } else {
                    result.open.append((item.index, entry))
                }
            }
        }
        return result
    }

    private static func rollUp(
        _ section: Roadmap.Section, _ ticked: Set<Int>, in roadmap: Roadmap, on date: String,
        _ edits: inout ByteEdits, _ problems: inout [RoadmapProblem]
    ) {
        guard let heading = section.marker else { return }
        let items = roadmap.items(under: section)
        let before = items.count { $0.isTicked }
        let after = items.count { $0.isTicked || ticked.contains($0.index) }
        guard heading.marker.agrees(ticked: before, of: items.count) else {
            problems.append(
                .contradiction(
                    heading: section.title, line: section.line, marker: heading.marker, ticked: before,
                    total: items.count))
            return
        }
        let marker = RoadmapMarker.rollUp(ticked: after, of: items.count)
        guard marker != heading.marker else { return }
        edits.add(ByteEdit(heading.range, marker.rawValue))
        if let word = heading.word {
            let old = String(decoding: roadmap.bytes[word], as: UTF8.self)
            if let new = StateWord.replacement(for: old, by: marker) { edits.add(ByteEdit(word, new)) }
        }
        if marker == .done, section.level == 2 {
            complete(section, items, in: roadmap, on: date, &edits, &problems)
        }
    }

    private static func complete(
        _ section: Roadmap.Section, _ items: ArraySlice<Roadmap.Item>, in roadmap: Roadmap, on date: String,
        _ edits: inout ByteEdits, _ problems: inout [RoadmapProblem]
    ) {
        if let completed = roadmap.milestoneLabel("Completed", section) {
            set(completed, "Completed", date, in: roadmap.bytes, &edits, &problems)
            return
        }
        let text = "**Completed**: \(date)"
        let newline = String(decoding: LineScanner.newline(of: roadmap.bytes), as: UTF8.self)
        if let target = roadmap.milestoneLabel("Target Completion", section) {
            let end = target.line.content.upperBound
            edits.add(ByteEdit(end..<end, newline + text))
        } else if let last = items.last {
            // A blank line, because right under a list the date would be read as part of its last item.
            let end = roadmap.endOfList(from: last.line - 1)
            let isFollowedByText = end + 1 < roadmap.lines.count && !roadmap.lines[end + 1].isBlank
            let position = roadmap.lines[end].content.upperBound
            edits.add(ByteEdit(position..<position, newline + newline + text + (isFollowedByText ? newline : "")))
        }
    }

    private static func set(
        _ label: RoadmapLabel, _ name: String, _ date: String, in bytes: [UInt8], _ edits: inout ByteEdits,
        _ problems: inout [RoadmapProblem]
    ) {
        guard let edit = label.setting(date, in: bytes) else {
            problems.append(.noDate(label: name, line: label.line.number))
            return
        }
        if !bytes[edit.range].elementsEqual(edit.replacement) { edits.add(edit) }
    }
}
