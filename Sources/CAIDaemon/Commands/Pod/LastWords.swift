// Owns saying each thing once, until something else is said.

import Synchronization

/// The newest words of somebody who repeats himself.
final class LastWords: Sendable {
    private let last = Mutex("")

    func isNew(_ words: String) -> Bool {
        last.withLock { last in
            defer { last = words }
            return last != words
        }
    }
}
