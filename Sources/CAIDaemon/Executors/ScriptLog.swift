// Owns which lines of a task's log are the output of its script's job.
// Never writes them.

import CAISystem
import SystemPackage

/// The output of scripts in logs: lines behind a mark, after one that names the job.
enum ScriptLog {
    /// Before each line of output.
    static let mark = "| "
    /// A log that is larger is not read: its lines are told twice then.
    private static let limit = 8 << 20

    static func heading(_ job: String) -> String { "job \(job)" }

    /// The output in a log, of the job that was at work last.
    /// - Returns: nil where that was another job, or none.
    static func output(of job: String, in log: FilePath) -> [String]? {
        guard let bytes = try? RealFiles().read(log, limit: limit) else { return nil }
        // Behind the time.
        let lines = String(decoding: bytes, as: UTF8.self).split(separator: "\n").map {
            $0.drop { $0 != " " }.dropFirst()
        }
        guard let start = lines.lastIndex(where: { $0.hasPrefix(heading("")) }), lines[start] == heading(job) else {
            return nil
        }
        return lines[start...].filter { $0.hasPrefix(mark) }.map { String($0.dropFirst(mark.count)) }
    }
}
