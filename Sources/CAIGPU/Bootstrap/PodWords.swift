// Owns what the programs of this folder say on the pod: `== words` on the way, `caid: words` where they refuse.
// Never waits for them.

import Synchronization

/// Hears an installer: passes on what it does, and remembers why it gave up.
final class PodWords: Sendable {
    private struct State {
        var refusal: String?
        var last: String?
    }
    private let state = Mutex(State())
    private let say: @Sendable (String) -> Void

    init(_ say: @escaping @Sendable (String) -> Void) { self.say = say }

    var refusal: String? { state.withLock { $0.refusal } }
    /// The last line, whatever it was.
    var last: String? { state.withLock { $0.last } }

    func take(_ line: [UInt8]) {
        let text = String(decoding: line, as: UTF8.self).plainLine()
        guard !text.isEmpty else { return }
        state.withLock { state in
            state.last = text
            if let refusal = Self.refusal(in: text) { state.refusal = refusal }
        }
        if text.hasPrefix("== ") { say(String(text.dropFirst(3))) }
    }

    /// What stands behind the last `caid: `.
    static func refusal(in text: String) -> String? {
        let parts = text.plainLine().split(separator: "caid: ", omittingEmptySubsequences: false)
        return parts.count > 1 ? parts.last.map(String.init) : nil
    }
}
