// Owns the box that a person ticks to let a task run: how it is written and how it is read.
// Only a box that holds the daemon's nonce counts, so that none which came with the file, or that a program wrote, does.
// Never decides whether an approval is needed.

import FoundationEssentials

/// The approval box of a task file.
public enum ApprovalBox {
    static let heading = "Approval"

    /// The file with the box in a section of its own at the end; as it is where the box stands in it, ticked or not.
    public static func adding(nonce: String, name: String, to bytes: [UInt8]) -> [UInt8] {
        if boxes(in: bytes)[nonce] != nil { return bytes }
        let line =
            "- [ ] Run this task: tick this box, or run `caid approve \(PlainText.line(name).filter { $0 != "`" })` "
            + "\(opening)\(nonce) -->"
        return SectionedFile(bytes).addingSection(["## \(heading)", "", line])
    }

    /// The boxes of a file, by nonce: whether each is ticked.
    public static func boxes(in bytes: [UInt8]) -> [String: Bool] {
        var boxes: [String: Bool] = [:]
        for line in LineScanner.scan(bytes) {
            guard let box = line.checkbox else { continue }
            let text = String(decoding: bytes[line.content], as: UTF8.self)
            guard let start = text.firstRange(of: opening), let end = text[start.upperBound...].firstRange(of: " -->")
            else {
                continue
            }
            boxes[String(text[start.upperBound..<end.lowerBound])] = box.isTicked
        }
        return boxes
    }

    private static let opening = "<!-- caid:approval "
}
