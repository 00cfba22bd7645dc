// Owns: where in a milestone the lines about the milestone as a whole stand, and where one may be added.
// Never changes anything.

extension Roadmap {
    /// The milestone's own `**Label**:` line: before its first subheading, or behind its last box, where it closes the
    /// milestone although a subheading stands above it. Others belong to a subsection.
    func milestoneLabel(_ label: String, _ section: Section) -> RoadmapLabel? {
        let range = lineRange(of: section)
        let firstSubheading = sections.dropFirst(section.index + 1).first.map { $0.line } ?? .max
        let lastBox = items(under: section).last?.line ?? 0
        return RoadmapLabel.all(label, in: lines[range], of: bytes).last {
            $0.line.number < firstSubheading || $0.line.number > lastBox
        }
    }

    /// The last line of the list that a line is part of, as an index into `lines`. What is indented below an item is
    /// part of it, also after a blank line; so is a paragraph directly below.
    func endOfList(from start: Int) -> Int {
        var end = start
        for index in lines.indices[(start + 1)...] {
            let line = lines[index]
            if line.isBlank { continue }
            let isInside = line.indentation > lines[start].indentation || line.listItem != nil
            let isText = line.region == .text && !LineCursor(bytes, line.content).isThematicBreak
            guard line.heading == nil, isInside || (isText && end == index - 1) else { break }
            end = index
        }
        return end
    }
}
