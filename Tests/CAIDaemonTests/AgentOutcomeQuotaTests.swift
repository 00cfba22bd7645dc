// Owns telling a provider's limit from a failure and from an answer that talks about limits, and reading when it is lifted.
// The messages are what Claude Code, Codex and Gemini CLI print.

import CAISystem
import Foundation
import Testing

@testable import CAIDaemon

@Suite struct AgentOutcomeQuotaTests {
    /// A Friday in winter, 09:00 in Berlin.
    static let now = Date(instantText: "2026-11-20T08:00:00Z") ?? .distantPast

    func outcome(_ code: Int32, _ out: String, _ err: String = "") -> AgentOutcome {
        AgentOutcome.of(AgentOutcomeTests.report(.exited(code), out, err), now: Self.now)
    }

    func until(_ text: String) -> String? {
        guard case .quota(let date, _) = outcome(1, "", text) else { return "no quota: \(text)" }
        return date?.instantText
    }

    @Test(arguments: [
        "Claude AI usage limit reached|1795190400",
        "Claude usage limit reached. Your limit will reset at 3pm (Europe/Berlin).",
        "You've hit your limit · resets 3pm (Europe/Berlin)",
        "You\u{2019}ve hit your usage limit. Upgrade to Pro, or try again in 5 hours 12 minutes.",
        "5-hour limit reached ∙ resets 15:00",
        "API Error: 429 Too Many Requests",
        "Error: quota exceeded",
        "RESOURCE_EXHAUSTED",
        "Error: insufficient_quota",
        "Rate limit exceeded. Please retry after 30 seconds.",
        "rate limit",
        "Retry-After: 30",
    ]) func limitsAreRecognisedWhereverTheyAreSaid(_ message: String) {
        for found in [
            outcome(1, message), outcome(1, "", message), outcome(1, "I began.\n", "noise\n\(message)\n"),
            outcome(0, message + "\n"), outcome(0, "", message),
            outcome(0, #"{"type":"result","is_error":true,"result":"\#(message)"}"#),
            outcome(0, #"{"type":"result","is_error":false,"result":"\#(message)"}"#),
        ] {
            guard case .quota(_, let text) = found else {
                return #expect(found == .quota(until: nil, message: message))
            }
            #expect(text == message)
        }
    }

    @Test(arguments: [
        "Error: 429 {\"type\":\"error\",\"error\":{\"type\":\"rate_limit_error\",\"message\":\"slow down\"}}",
        "got status: 429 . {\"error\":{\"message\":\"Resource has been exhausted (e.g. check quota).\"}}",
        "You exceeded your current quota, please check your plan and billing details.",
        "stream error: exceeded retry limit, last status: 429 Too Many Requests",
        "Quota exceeded for quota metric 'Gemini 2.5 Pro Requests'",
        "openai.RateLimitError: Error code: 429",
    ]) func errorsOfFailedRuns(_ message: String) {
        guard case .quota = outcome(1, "", message) else { return #expect(outcome(1, "", message) == .noWork) }
    }

    @Test func codexSaysItInAnEvent() {
        let line =
            #"{"type":"turn.failed","error":{"message":"You've hit your usage limit. Try again in 2 days 3 hours."}}"#
        let expected = Self.now.addingTimeInterval(51 * 3600)
        #expect(
            outcome(1, #"{"type":"turn.started"}"# + "\n" + line)
                == .quota(until: expected, message: "You've hit your usage limit. Try again in 2 days 3 hours."))
    }

    @Test(arguments: [
        "Added rate limit handling: the client now waits after 429 Too Many Requests.",
        "The server answers \"You've hit your limit\" when the quota is exceeded; documented it.",
        "429 tests pass.",
        "Rate limit is now 5 per second.",
        "Usage limit reached errors are shown to people now.",
        "Retry-After: 30 is sent by the new middleware.",
        "Done. If the quota exceeded page shows, retry after 30 seconds.",
    ]) func anAnswerThatTalksAboutLimitsIsAnAnswer(_ text: String) {
        #expect(outcome(0, text) == .success(summary: text))
        #expect(
            outcome(0, #"{"type":"result","is_error":false,"result":"\#(text.replacing("\"", with: "'"))"}"#)
                == .success(summary: text.replacing("\"", with: "'")))
    }

    @Test func aLongAnswerIsAnAnswerWhateverItEndsWith() {
        let long = String(repeating: "I read the code of the client.\n", count: 30) + "Rate limit exceeded.\n"
        #expect(outcome(0, long) == .success(summary: "Rate limit exceeded."))
    }

    @Test func retriesThatHelpedAreNoQuota() {
        let noise = "Attempt 1 failed with status 429. Retrying with backoff... Too Many Requests"
        #expect(outcome(0, "Review: Go", noise) == .success(summary: "Review: Go"))
    }

    @Test func failuresOfOtherKindsStayFailures() {
        for (out, err) in [
            ("", "write: Disk quota exceeded"), ("The rate limiter's tests fail.", ""),
            ("I did not get to the rate limit part.", ""), ("", "error: cannot find 'rateLimited' in scope"),
            ("", "429 passed, 1 failed"),
        ] {
            guard case .failed = outcome(1, out, err) else { return #expect(outcome(1, out, err) == .noWork) }
        }
    }

    @Test func timesAreRead() {
        #expect(until("usage limit reached|1795190400") == "2026-11-20T16:00:00.000Z")
        #expect(until("usage limit reached|1795190400000") == "2026-11-20T16:00:00.000Z")
        #expect(until("limit reached, resets 2026-11-22T08:00:00Z") == "2026-11-22T08:00:00.000Z")
        #expect(until("limit reached, resets at 2026-11-22T08:00:00.5+01:00") == "2026-11-22T07:00:00.500Z")
        #expect(until("hit your limit, try again in 5 hours 12 minutes") == "2026-11-20T13:12:00.000Z")
        #expect(until("hit your limit, try again in 3 days, 1 hour and 5 minutes.") == "2026-11-23T09:05:00.000Z")
        #expect(until("rate limit: retry after 30 seconds") == "2026-11-20T08:00:30.000Z")
        #expect(until("429 Too Many Requests\nRetry-After: 30") == "2026-11-20T08:00:30.000Z")
        #expect(until("rate limit, please retry in 34.5s.") == "2026-11-20T08:00:34.500Z")
        #expect(until("RESOURCE_EXHAUSTED \"retryDelay\": \"34s\"") == "2026-11-20T08:00:34.000Z")
        #expect(until("rate limit, try again in 1h2m3s") == "2026-11-20T09:02:03.000Z")
        #expect(until("rate limit, try again in 500ms") == "2026-11-20T08:00:00.500Z")
    }

    @Test func timesOfDayMeanTheNextOneThere() {
        #expect(until("hit your limit · resets 3pm (Europe/Berlin)") == "2026-11-20T14:00:00.000Z")
        #expect(until("hit your limit · resets 8:30am (Europe/Berlin)") == "2026-11-21T07:30:00.000Z")
        #expect(until("hit your limit · resets at 15:00 (America/New_York)") == "2026-11-20T20:00:00.000Z")
        #expect(until("hit your limit · resets 12am (UTC)") == "2026-11-21T00:00:00.000Z")
        #expect(until("hit your limit · resets 12pm UTC") == "2026-11-20T12:00:00.000Z")
        #expect(until("weekly limit reached ∙ resets Nov 24, 3pm (Europe/Berlin)") == "2026-11-24T14:00:00.000Z")
        #expect(until("hit your usage limit, try again at Nov 24th, 2026 5:12 PM UTC.") == "2026-11-24T17:12:00.000Z")
        var local = Calendar(identifier: .gregorian)
        local.timeZone = .current
        let next = local.nextDate(
            after: Self.now, matching: DateComponents(hour: 15, minute: 0), matchingPolicy: .nextTime)
        #expect(until("hit your limit, resets at 15:00") == next?.instantText)
    }

    @Test(arguments: [
        "hit your limit", "hit your limit, resets 25:00", "hit your limit, resets 13pm", "hit your limit, resets soon",
        "usage limit reached|1795190", "usage limit reached|4102444800", "usage limit reached|1700000000",
        "rate limit, try again in 30 days", "weekly limit reached ∙ resets Dec 24, 3pm (UTC)",
        "limit reached, resets 2026-13-45T99:99:99Z", "rate limit, try again in 99999999999999999999 hours",
    ]) func noTimeIsInvented(_ text: String) { #expect(until(text) == nil) }
}
