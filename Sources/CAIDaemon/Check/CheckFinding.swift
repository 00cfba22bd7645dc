// Owns one thing that `caid check` found: where, how bad, and what to do.
// Never a mere oddity as an error: only what cannot be run is one.

import CAIWorkflow
import CAIYAML

/// `file:line:column: message`, 1-based.
struct CheckFinding: Encodable {
    enum Severity: String, Encodable { case error, note }
    var file: String
    var line: Int
    var column: Int
    var severity: Severity
    var message: String

    var text: String { "\(file):\(line):\(column): \(severity == .note ? "note: " : "")\(message)" }

    init(_ error: YAMLError) {
        (file, line, column) = (error.file, error.line, error.column)
        (severity, message) = (.error, error.message)
    }

    init(_ note: TaskNote) {
        (file, line, column) = (note.file, note.line, note.column)
        (severity, message) = (.note, note.message)
    }

    /// A remark about a whole file, or about one of its lines.
    init(note message: String, file: String, line: Int = 1) {
        (self.file, self.line, column) = (file, line, 1)
        (severity, self.message) = (.note, message)
    }
}
