// Owns the statistics on the command line: JSON lines in, one JSON line out for each.
// Never computes anything; CAIPipeline's statistics do.

import ArgumentParser
import CAIPipeline

struct Stats: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Compute statistics: one JSON request a line in, one JSON answer a line out.",
        discussion: """
            Examples:
              echo '{"test":"mcnemar","n01":57,"n10":2}' | caid stats
              echo '{"test":"wilson","successes":8,"n":10,"confidence":0.95}' | caid stats
            """)

    func run() async throws {
        while let line = readLine() {
            if line.allSatisfy(\.isWhitespace) { continue }
            print(StatsLine.answer(line))
        }
    }
}
