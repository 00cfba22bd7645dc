// Owns the tests of the transition table, and that its page says the same.

import CAIWorkflow
import FoundationEssentials
import Testing

struct LifecycleTableTests {
    @Test func everyStateIsReachedFromPending() {
        var reached: Set<TaskState> = [.pending]
        while case let next = Transition.table.filter({ reached.contains($0.from) }).map(\.to),
            !reached.isSuperset(of: next)
        {
            reached.formUnion(next)
        }
        #expect(reached == Set(TaskState.allCases))
    }

    @Test func aCauseLeadsToOnePlaceAndEveryCauseIsUsed() {
        for row in Transition.table {
            #expect(Transition.table.count { $0.from == row.from && $0.cause == row.cause } == 1)
            #expect(Transition.target(from: row.from, on: row.cause) == row.to)
            #expect(row.from != row.to)
        }
        #expect(Set(Transition.table.map(\.cause)) == Set(Cause.allCases))
    }

    @Test func nothingLeavesAFinalState() {
        for state in TaskState.allCases where state.isFinal {
            #expect(!Transition.table.contains { $0.from == state })
            #expect(Cause.allCases.allSatisfy { Transition.target(from: state, on: $0) == nil })
        }
        #expect(TaskState.allCases.filter(\.isFinal) == [.completed, .cancelled])
    }

    @Test func thePageHasTheSameRows() throws {
        let root = #filePath.split(separator: "/").dropLast(3).joined(separator: "/")
        let page = try #require(FileManager.default.contents(atPath: "/\(root)/docs/lifecycle.md"))
        let lines = String(decoding: page, as: UTF8.self).split(separator: "\n", omittingEmptySubsequences: false)
        let table = lines.drop { !$0.hasPrefix("| from | cause | to |") }.dropFirst(2).prefix { $0.hasPrefix("|") }
        let rows = table.map { line in
            line.split(separator: "|").prefix(3).map { $0.trimmingPrefix(while: \.isWhitespace) }
                .map { String($0.prefix { !$0.isWhitespace }) }
        }
        #expect(rows == Transition.table.map { [$0.from.rawValue, $0.cause.rawValue, $0.to.rawValue] })
    }
}
