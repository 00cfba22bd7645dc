// Owns: a roadmap file as a tree of headings with the boxes under them.
// Never changes the file; ticking is RoadmapRewriter's, a summary RoadmapOverview's.

/// A roadmap, read. Sections and items refer to each other by their index here.
public struct Roadmap: Sendable {
    /// A heading and what stands under it.
    public struct Section: Sendable {
        public let index: Int
        /// The section this one is part of.
        public let parent: Int?
        public let level: Int
        /// The heading's text as it stands there, markers included.
        public let heading: String
        /// 1-based line number.
        public let line: Int
        public let marker: HeadingMarker?

        /// The heading without marker, word and emphasis.
        public var title: String { RoadmapText.display(heading) }
    }

    /// A box with its text.
    public struct Item: Sendable {
        public let index: Int
        /// The nearest heading above; nil before the first one.
        public let section: Int?
        /// The box this one is nested under.
        public let parent: Int?
        /// The text as it stands there, continuation lines joined to it.
        public let text: String
        public let isTicked: Bool
        /// 1-based line number.
        public let line: Int
        /// Offset of the byte between the brackets.
        let mark: Int
        let indentation: Int
    }

    public private(set) var sections: [Section] = []
    public private(set) var items: [Item] = []
    let bytes: [UInt8]
    let lines: [MarkdownLine]

    /// Any bytes are a roadmap; one without headings and boxes is empty.
    public static func parse(_ bytes: [UInt8]) -> Roadmap {
        var roadmap = Roadmap(bytes: bytes, lines: LineScanner.scan(bytes))
        for (index, line) in roadmap.lines.enumerated() {
            if let heading = line.heading { roadmap.append(heading, line) }
            if let box = line.checkbox { roadmap.append(box, at: index) }
        }
        return roadmap
    }

    private init(bytes: [UInt8], lines: [MarkdownLine]) {
        self.bytes = bytes
        self.lines = lines
    }

    /// The section and those it is part of, innermost first.
    public func ancestry(of section: Int?) -> [Section] {
        var chain: [Section] = []
        var next = section
        while let index = next {
            chain.append(sections[index])
            next = sections[index].parent
        }
        return chain
    }

    /// The boxes of a section and of the sections in it, nested ones included.
    public func items(under section: Section) -> [Item] {
        let end = sections.dropFirst(section.index + 1).first { $0.level <= section.level }?.index ?? sections.count
        return items.filter { $0.section.map { (section.index..<end).contains($0) } ?? false }
    }

    /// The lines of a section and of the sections in it, as indices into `lines`, its heading first.
    func lineRange(of section: Section) -> Range<Int> {
        let next = sections.dropFirst(section.index + 1).first { $0.level <= section.level }
        return (section.line - 1)..<(next.map { $0.line - 1 } ?? lines.count)
    }

    private mutating func append(_ heading: MarkdownLine.Heading, _ line: MarkdownLine) {
        let parent = ancestry(of: sections.indices.last).first { $0.level < heading.level }
        sections.append(
            Section(
                index: sections.count, parent: parent?.index, level: heading.level,
                heading: String(decoding: bytes[heading.text], as: UTF8.self), line: line.number,
                marker: HeadingMarker.find(in: bytes, heading.text)))
    }

    private mutating func append(_ box: MarkdownLine.Checkbox, at lineIndex: Int) {
        let line = lines[lineIndex]
        var text = String(decoding: bytes[box.text], as: UTF8.self)
        for next in lines.dropFirst(lineIndex + 1).prefix(while: { isContinuation($0, of: line) }) {
            text += " " + String(decoding: bytes[LineCursor.trimmed(bytes, next.content)], as: UTF8.self)
        }
        let section = sections.indices.last
        let parent = items.last { $0.indentation < line.indentation && $0.section == section }
        items.append(
            Item(
                index: items.count, section: section, parent: parent?.index, text: text, isTicked: box.isTicked,
                line: line.number, mark: box.mark, indentation: line.indentation))
    }

    /// An indented line of plain text directly under an item goes on with it.
    private func isContinuation(_ next: MarkdownLine, of item: MarkdownLine) -> Bool {
        next.region == .text && !next.isBlank && next.listItem == nil && next.heading == nil
            && next.quoteDepth == item.quoteDepth && next.indentation > item.indentation
    }
}
