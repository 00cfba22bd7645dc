// Owns reading JSON that comes from elsewhere: what is missing, of another type or out of bounds is nil.
// Never trusts a text: ids, hosts and names that could mean something else somewhere are nil too.

import CAISystem

/// A piece of an answer.
struct RunPodReply: Sendable {
    let json: JSONValue

    subscript(_ key: String) -> RunPodReply? {
        json[key].flatMap { $0 == .null ? nil : RunPodReply(json: $0) }
    }

    var text: String? { json.stringValue }
    /// Finite and not negative.
    var amount: Double? { json.doubleValue.flatMap { $0.isFinite && $0 >= 0 ? $0 : nil } }
    var count: Int? { amount.flatMap { $0 <= 1e9 ? Int($0) : nil } }
    var isTrue: Bool { json == .bool(true) }
    var list: [RunPodReply] { if case .array(let items) = json { items.map(RunPodReply.init) } else { [] } }
    var texts: [String] { list.compactMap(\.text) }

    /// A text that is safe in a path of an address, a command and a file's name.
    var id: String? { text.flatMap { Self.isID($0) ? $0 : nil } }
    var port: Int? { count.flatMap { (1...65535).contains($0) ? $0 : nil } }
    /// A host's name or address.
    var host: String? {
        text.flatMap { text in
            let isHost = text.utf8.allSatisfy { Self.isWord($0) || $0 == UInt8(ascii: ".") || $0 == UInt8(ascii: ":") }
            return isHost && (1...253).contains(text.utf8.count) && !text.hasPrefix("-") ? text : nil
        }
    }

    static func isID(_ text: String) -> Bool {
        (1...64).contains(text.utf8.count) && text.utf8.allSatisfy(isWord) && !text.hasPrefix("-")
    }

    private static func isWord(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"): true
        case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"), UInt8(ascii: "-"): true
        default: false
        }
    }
}
