// Owns: the words for what one line of a markdown file is: its byte ranges, heading, list item, box, region.
// Offsets count bytes from the start of the whole file, so that an edit can go straight to the byte it means.
// Never holds text: whoever wants words decodes the range; bytes that are no UTF-8 stay what they are.

/// One line of a markdown file as byte ranges into that file.
public struct MarkdownLine: Sendable, Equatable {
    /// What a line is part of. Headings and boxes exist in `.text` alone.
    public enum Region: Sendable, Equatable {
        /// Ordinary markdown.
        case text
        /// A code fence: its opening line, its contents or its closing line.
        case fence
        /// An HTML comment that goes over several lines.
        case comment
    }

    /// An ATX heading (`## Text ##`) that stands at the top level, in no list and no quote.
    public struct Heading: Sendable, Equatable {
        /// 1 for `#` to 6 for `######`.
        public let level: Int
        /// The heading's text without the `#` signs and the space around it; may be empty.
        public let text: Range<Int>
    }

    /// A task-list box, `- [ ] text`.
    public struct Checkbox: Sendable, Equatable {
        /// Offset of the one byte between the brackets: a space, `x` or `X`.
        public let mark: Int
        public let isTicked: Bool
        /// The item's text on this line, without the space around it.
        public let text: Range<Int>
    }

    /// 1-based.
    public let number: Int
    /// The line without its ending; the first line also without a byte-order mark.
    public let content: Range<Int>
    /// `\n`, `\r\n`, or empty for a last line without an ending.
    public let ending: Range<Int>
    /// How many `>` the line begins with.
    public var quoteDepth = 0
    /// Columns of white space before the first other character, counted from the quote's inside; a tab goes to the
    /// next multiple of four.
    public var indentation = 0
    public var isBlank = false
    public var region = Region.text
    public var heading: Heading?
    /// What follows the list marker, for any list item, with or without a box.
    public var listItem: Range<Int>?
    public var checkbox: Checkbox?

    init(number: Int, content: Range<Int>, ending: Range<Int>) {
        self.number = number
        self.content = content
        self.ending = ending
    }

    /// The line with its ending.
    public var whole: Range<Int> { content.lowerBound..<ending.upperBound }
}
