// Words come out of a real shell as they went in, whatever is in them.

import TestSupport
import Testing

@testable import CAIGPU

extension SSHTests {
    struct ShellCommandTests {
        static let hostile = [
            "", " ", "'", "''", "a'b", "\"", "\\", "\\'", "$HOME", "`id`", "$(id)", "a\nb", "\n", "\t", "*", "?",
            "[a-z]", "~", "-rf", "--",
            "#x", "a;b", "a&b", "a|b", "<x", ">x", "!!", "{a,b}", "é", "日本", "\u{1b}[31m", "\r\n", "\u{7f}", "%s", "=x",
            "x=y",
        ]

        @Test func aShellGivesTheProgramTheSameWords() throws {
            try check(Self.hostile)
        }

        @Test func randomWordsToo() throws {
            var random = SystemRandomNumberGenerator()
            let seed = UInt64.random(in: 0 ... .max, using: &random)
            var state = seed
            func next(_ bound: Int) -> Int {
                state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
                return Int(state >> 33) % bound
            }
            let alphabet = Array("'\"\\$`!*? \n\t;&|<>(){}[]#~-=%aZ0é\u{1}\u{7f}")
            for _ in 0..<20 {
                let words = (0..<20).map { _ in String((0..<next(12)).map { _ in alphabet[next(alphabet.count)] }) }
                try check(words, "seed \(seed)")
            }
        }

        @Test func whatNoProgramCanBeGivenIsRefused() {
            #expect(throws: GPUError.self) { try ShellCommand.line(["echo", "a\0b"]) }
            #expect(throws: GPUError.self) { try ShellCommand.line([]) }
            #expect(throws: GPUError.self) { try ShellCommand.line([""]) }
            #expect(throws: GPUError.self) { try ShellCommand.line(["echo", String(repeating: "x", count: 40_000)]) }
        }

        /// Each word between two marks that no word holds.
        private func check(_ words: [String], _ comment: Comment? = nil) throws {
            let line = try ShellCommand.line(["/usr/bin/printf", "%s\u{2}"] + words)
            let output = try LoopbackSSHD.run("/bin/sh", ["-c", line])
            #expect(
                output.split(separator: "\u{2}", omittingEmptySubsequences: false).dropLast().map(String.init) == words,
                comment)
        }
    }
}
