// Owns: a task file as a whole: its name, header and front matter, and what follows from the three together.
// Any file has a document; only a malformed front matter is an error, because it says how to run the task.
// Never changes a byte and never decides whether the task may run.

import CAIYAML

/// A task file, read.
public struct TaskDocument: Sendable {
    public let name: TaskName
    /// One line; the header's title, else the words of the name.
    public let title: String
    /// From the front matter, else the name, else the header, else P2.
    public let priority: Priority
    public let header: TaskHeader
    public private(set) var frontMatter: FrontMatter
    /// Remarks that stop nothing: unknown keys.
    public let notes: [TaskNote]

    /// The same without the text of its front matter, for keeping many.
    var withoutText: TaskDocument {
        var copy = self
        copy.frontMatter.document = nil
        return copy
    }

    /// Place in the queue.
    public var order: TaskOrder { TaskOrder(priority: priority, stamp: name.stamp, name: name.fileName) }

    /// Whether name, title, priority or status say CANCELLED: such a file is not to be run.
    public var isCancelled: Bool { name.isCancelled || header.isCancelled }

    /// Reads a task file.
    /// - Parameters:
    ///   - name: the file's name in its folder.
    ///   - file: how errors and notes name it.
    /// - Throws: `YAMLError`, the first problem of the front matter, with the line in the whole file.
    public static func parse(_ bytes: [UInt8], name: String, file: String) throws(YAMLError) -> TaskDocument {
        let (document, problems) = diagnose(bytes, name: name, file: file)
        if let first = problems.first { throw first }
        return document
    }

    /// Every problem of the front matter. Where there is one, the document says what name and header say, good for
    /// lists and for the order, and must not be run.
    public static func diagnose(
        _ bytes: [UInt8], name: String, file: String
    ) -> (document: TaskDocument, problems: [YAMLError]) {
        let reader = FrontMatterReader(bytes, file: file)
        let lines = LineScanner.scan(bytes, from: reader.body.start, firstLine: reader.body.line)
        let header = TaskHeader.read(lines, of: bytes)
        let name = TaskName(name)
        let words = name.slug.isEmpty ? name.stem : name.slug
        let title = header.title ?? String(words.map { $0 == "_" ? " " : $0 })
        let document = TaskDocument(
            name: name, title: PlainText.line(title, limit: 200),
            priority: reader.frontMatter.priority ?? name.priority ?? header.priority ?? .p2,
            header: header, frontMatter: reader.frontMatter, notes: reader.notes)
        return (document, reader.problems)
    }
}
