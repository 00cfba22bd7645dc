// Owns how an agent's run is judged: exit codes, results in JSON, what counts as no work, the one line that people see.
// Quota messages have tests of their own.

import Foundation
import Testing

@testable import CAIDaemon

@Suite struct AgentOutcomeTests {
    static func report(_ end: ProcessEnd, _ out: String = "", _ err: String = "") -> ProcessReport {
        ProcessReport(end: end, stdout: Array(out.utf8), stderr: Array(err.utf8), seconds: 1)
    }

    func outcome(_ end: ProcessEnd, _ out: String = "", _ err: String = "") -> AgentOutcome {
        AgentOutcome.of(Self.report(end, out, err), now: Date(timeIntervalSince1970: 1_763_700_000))
    }

    @Test func theEndDecidesWhereTheProgramDidNot() {
        #expect(outcome(.timedOut, "half done") == .timeout)
        #expect(outcome(.idle, "half done") == .hang)
        #expect(outcome(.stopped, #"{"status":"ok"}"#) == .stopped)
        #expect(outcome(.inDoubt("nobody\nsaw it")) == .inDoubt(reason: "nobody saw it"))
        #expect(outcome(.notStarted("no 'claude'")) == .missing(reason: "no 'claude'"))
        guard case .failed = outcome(.tooMuchOutput, "y\ny\n") else { return #expect(Bool(false)) }
    }

    @Test func theExitCodeDecidesWherePlainTextWasPrinted() {
        #expect(
            outcome(.exited(0), "looking\n\nAll 12 tests pass.\n---\n\n") == .success(summary: "All 12 tests pass."))
        #expect(outcome(.exited(2), "looking\n") == .failed(reason: "exit code 2: looking"))
        #expect(outcome(.exited(1)) == .failed(reason: "exit code 1"))
        #expect(outcome(.signalled(11), "", "oops") == .failed(reason: "ended by signal 11: oops"))
        #expect(
            outcome(.exited(1), "", "Traceback:\nValueError: bad n\nNode.js v22\n")
                == .failed(reason: "exit code 1: ValueError: bad n"))
    }

    @Test(arguments: ["", "\n", " \t\r\n\n "]) func nothingPrintedIsNoWork(_ out: String) {
        #expect(outcome(.exited(0), out, "some noise") == .noWork)
    }

    @Test func summariesAreOneShortHarmlessLine() {
        guard case .success(let text) = outcome(.exited(0), "\u{1B}[31m" + String(repeating: "wörd ", count: 500))
        else {
            return #expect(Bool(false))
        }
        #expect(text.count <= 301)
        #expect(!text.contains("\u{1B}"))
    }

    @Test func aWholeResultOutranksTheExitCode() {
        let good =
            #"{"type":"result","subtype":"success","is_error":false,"result":"Did it.\nAll is well.","total_cost_usd":0.1}"#
        #expect(outcome(.exited(0), good) == .success(summary: "All is well."))
        #expect(outcome(.exited(1), good + "\n") == .success(summary: "All is well."))
        let bad = #"{"type":"result","subtype":"success","is_error":true,"result":"Invalid API key"}"#
        #expect(outcome(.exited(0), bad) == .failed(reason: "Invalid API key"))
        #expect(outcome(.exited(1), bad) == .failed(reason: "exit code 1: Invalid API key"))
        let turns = #"{"type":"result","subtype":"error_max_turns","is_error":false}"#
        #expect(outcome(.exited(0), turns) == .failed(reason: "error_max_turns"))
        let gemini = #"{"error":{"type":"ApiError","message":"API key not valid","code":400}}"#
        #expect(outcome(.exited(0), gemini) == .failed(reason: "API key not valid"))
        #expect(outcome(.exited(0), "{\n \"response\": \"Hello.\",\n \"stats\": {}\n}") == .success(summary: "Hello."))
        #expect(outcome(.exited(3), #"{"response": "Hello."}"#) == .failed(reason: "exit code 3: Hello."))
    }

    @Test(arguments: ["success", "succeeded", "OK", "done", "Completed", "complete"]) func wordsOfSuccess(
        _ word: String
    ) {
        #expect(outcome(.exited(1), "worked\n{\"status\":\"\(word)\"}\n\n") == .success(summary: "worked"))
    }

    @Test(arguments: ["failed", "failure", "Error", "blocked", "cancelled"]) func wordsOfFailure(_ word: String) {
        #expect(
            outcome(.exited(0), "worked\n{\"status\":\"\(word)\",\"message\":\"no pod\"}") == .failed(reason: "no pod"))
    }

    @Test func aLastLineOutranksTheExitCode() {
        #expect(outcome(.exited(0), "x\n{\"ok\": false}") == .failed(reason: "x"))
        #expect(outcome(.exited(7), "x\n{\"ok\": true}") == .success(summary: "x"))
        #expect(outcome(.exited(7), "{\"success\": true}") == .success(summary: "done"))
        #expect(outcome(.exited(0), "x\n{\"error\": \"broken\"}") == .failed(reason: "broken"))
        #expect(outcome(.exited(0), "x\n{\"status\":\"ok\",\"error\":null}") == .success(summary: "x"))
        #expect(outcome(.exited(0), "x\n{\"status\":\"ok\",\"is_error\":true}") == .failed(reason: "ok"))
    }

    @Test(arguments: [
        #"{"loss": 0.3}"#, #"{"status": 200}"#, #"{"status": "warm"}"#, #"{"error": null}"#, #"["ok"]"#,
        #"{"ok": true"#,
    ]) func otherJSONDecidesNothing(_ line: String) {
        #expect(outcome(.exited(0), "x\n" + line) == .success(summary: line))
        guard case .failed = outcome(.exited(1), "x\n" + line) else { return #expect(Bool(false)) }
    }

    @Test func resultsInTheMiddleDecideNothing() {
        #expect(outcome(.exited(0), "{\"ok\": false}\nmended it") == .success(summary: "mended it"))
    }

    static let events = """
        {"type":"thread.started","thread_id":"1"}
        {"type":"item.completed","item":{"type":"agent_message","text":"Looking."}}
        {"type":"item.completed","item":{"type":"agent_message","text":"Fixed it.\\nVerdict: Go"}}
        {"type":"turn.completed","usage":{"input_tokens":1}}

        """

    @Test func eventLinesAreRead() {
        #expect(outcome(.exited(1), Self.events) == .success(summary: "Verdict: Go"))
        let failed = Self.events + #"{"type":"turn.failed","error":{"message":"stream disconnected"}}"#
        #expect(outcome(.exited(0), failed) == .failed(reason: "stream disconnected"))
    }

    @Test func reviewsGetTheAnswerAlone() {
        func text(_ out: String) -> String { Self.report(.exited(0), out).responseText }
        #expect(text("plain\n  text\n") == "plain\n  text\n")
        #expect(text(###"{"type":"result","is_error":false,"result":"## Review\nGo"}"###) == "## Review\nGo")
        #expect(text(#"{"response":"Go"}"#) == "Go")
        #expect(text(Self.events) == "Fixed it.\nVerdict: Go")
        #expect(
            text("my review\n{\"status\":\"ok\",\"message\":\"x\"}")
                == "my review\n{\"status\":\"ok\",\"message\":\"x\"}")
        #expect(text(#"{"loss": 1}"#) == #"{"loss": 1}"#)
    }

    @Test func theSameFailureHasTheSameSignature() {
        func signature(_ text: String) -> String { AgentOutcome.failed(reason: text).signature }
        #expect(
            signature("exit code 1: /tmp/tmp.Xy12/a.py:12: error at 2026-11-21T01:30:00.123Z in 0x7ffe12, took 1.5 s")
                == signature(
                    "exit code 1: /tmp/tmp.Qq99/a.py:15: error at 2026-11-22T11:00:09Z in 0x55aa, took 12.25 s"))
        #expect(
            signature("commit 3f2a91c failed, id 123e4567-e89b-12d3-a456-426614174000")
                == signature("commit 99ab012 failed, id 00000000-1111-2222-3333-444444444444"))
        #expect(signature("no module named torch") != signature("no module named numpy"))
        #expect(signature("/tmp/x/a.py failed") != signature("/tmp/x/b.py failed"))
        #expect(signature("deadbeef is a word, facade too") == "failed: deadbeef is a word, facade too")
        #expect(AgentOutcome.timeout.signature != AgentOutcome.hang.signature)
        #expect(AgentOutcome.success(summary: "x").signature != signature("x"))
    }
}
