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
    /// While reading: the items that the next box may be nested under, outermost first.
    private var open: [Int] = []
    /// Of each section, the index of the next one that is no part of it, and of the first item from it on.
    private var ends: [Int] = []
    private var firstItems: [Int] = []

    /// Any bytes are a roadmap; one without headings and boxes is empty.
    public static func parse(_ bytes: [UInt8]) -> Roadmap {
        var roadmap = Roadmap(bytes: bytes, lines: LineScanner.scan(bytes))
        for (index, line) in roadmap.lines.enumerated() {
            if let heading = line.heading { roadmap.append(heading, line) }
            if let box = line.checkbox { roadmap.append(box, at: index) }
        }
        roadmap.close()
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
    public func items(under section: Section) -> ArraySlice<Item> {
        let end = ends[section.index]
        return items[firstItems[section.index]..<(end < sections.count ? firstItems[end] : items.count)]
    }

    /// The lines of a section and of the sections in it, as indices into `lines`, its heading first.
    func lineRange(of section: Section) -> Range<Int> {
        let end = ends[section.index]
        return (section.line - 1)..<(end < sections.count ? sections[end].line - 1 : lines.count)
    }

    /// Notes where each section ends; asking every section anew would take time with the square of the file.
    private mutating func close() {
        ends = Array(repeating: sections.count, count: sections.count)
        firstItems = Array(repeating: items.count, count: sections.count)
        for item in items.reversed() { if let section = item.section { firstItems[section] = item.index } }
        var later: [Int] = []
        for index in sections.indices.reversed() {
            if index + 1 < sections.count { firstItems[index] = min(firstItems[index], firstItems[index + 1]) }
            while let next = later.last, sections[next].level > sections[index].level { later.removeLast() }
            ends[index] = later.last ?? sections.count
            later.append(index)
        }
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
        while let outer = open.last, items[outer].section != section || items[outer].indentation >= line.indentation {
            open.removeLast()
        }
        let parent = open.last
        open.append(items.count)
        items.append(
            Item(
                index: items.count, section: section, parent: parent, text: text, isTicked: box.isTicked,
                line: line.number, mark: box.mark, indentation: line.indentation))
    }

    /// An indented line of plain text directly under an item goes on with it.
    private func isContinuation(_ next: MarkdownLine, of item: MarkdownLine) -> Bool {
        next.region == .text && !next.isBlank && next.listItem == nil && next.heading == nil
            && next.quoteDepth == item.quoteDepth && next.indentation > item.indentation
    }
}
