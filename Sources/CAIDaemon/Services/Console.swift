// Owns what `caid run` says on the terminal: one line an event, progress in place on a terminal and now and then elsewhere.
// Never the only place where something is said; the status files and the journal have it too.

import CAISystem
import CAIWorkflow
import FoundationEssentials
import Glibc
import Synchronization

/// Lines on standard output.
final class Console: Sendable {
    private struct State {
        var last = Date.distantPast
        var lastLine = ""
        var width = 0
    }
    private let clock: any WallClock
    private let isTerminal = isatty(STDOUT_FILENO) == 1
    private let state = Mutex(State())

    init(clock: any WallClock) { self.clock = clock }

    func say(_ text: String) {
        state.withLock { state in
            erase(&state)
            write(text + "\n")
        }
    }

    /// Progress of a task: every half second in place on a terminal, every five seconds as a line elsewhere, and what says nothing
    /// new once a minute.
    func progress(_ name: String, _ progress: TaskProgress) {
        let now = clock.now()
        state.withLock { state in
            guard now.timeIntervalSince(state.last) >= (isTerminal ? 0.5 : 5) else { return }
            let left = progress.eta.map { ", about \(DurationWords.text($0)) left" } ?? ""
            let part = progress.fraction.map { "\(Int(($0 * 100).rounded(.down)))% " } ?? ""
            let text = "  \(part)\(progress.step): \(progress.phase)\(left)"
            guard isTerminal || text != state.lastLine || now.timeIntervalSince(state.last) >= 60 else { return }
            (state.last, state.lastLine) = (now, text)
            guard isTerminal else { return write(text + "\n") }
            let short = String(text.prefix(110))
            erase(&state)
            write(short)
            state.width = short.count
        }
    }

    private func erase(_ state: inout State) {
        if state.width > 0 { write("\r" + String(repeating: " ", count: state.width) + "\r") }
        state.width = 0
    }

    private func write(_ text: String) {
        let bytes = Array(text.utf8)
        bytes.withUnsafeBytes { buffer in
            var rest = buffer[...]
            while !rest.isEmpty {
                let count = Glibc.write(STDOUT_FILENO, UnsafeRawBufferPointer(rebasing: rest).baseAddress, rest.count)
                if count <= 0 { return }
                rest = rest.dropFirst(count)
            }
        }
    }
}
