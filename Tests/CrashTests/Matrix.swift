// Owns the rows of the matrix in docs/crash-safety.md, written where scripts/crash-matrix.sh asks for them.

import Foundation

enum Matrix {
    /// Adds a scenario's rows to the file that CAID_CRASH_MATRIX names, if it names one: for each kind of call, how many
    /// disturbed runs there were and in how many everything was right in the end.
    static func add(_ scenario: String, _ outcomes: [Outcome]) throws {
        guard let path = ProcessInfo.processInfo.environment["CAID_CRASH_MATRIX"] else { return }
        var text = ""
        for injection in Injection.all {
            let runs = outcomes.filter { $0.injection == injection }
            if runs.isEmpty { continue }
            let right = runs.count { $0.faults.isEmpty }
            text += "| \(scenario) | `\(injection.call)` | \(injection.disturbance) | \(runs.count) | \(right) |\n"
        }
        let file = try FileHandle(forWritingTo: URL(filePath: path))
        try file.seekToEnd()
        try file.write(contentsOf: Data(text.utf8))
        try file.close()
    }
}
