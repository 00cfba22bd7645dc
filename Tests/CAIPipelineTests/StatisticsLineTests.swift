// Owns the tests of the line protocol of `caid stats`: answers, and messages that help.
// Never tests the figures twice; StatisticsTests does.

import CAISystem
import Testing

@testable import CAIPipeline

private func reply(_ line: String) throws -> JSONValue {
    try CanonicalJSON.decode(JSONValue.self, from: StatsLine.answer(line).utf8)
}

@Suite("Statistics line")
struct StatisticsLineTests {
    @Test func everyTestAnswersWithItsKeys() throws {
        let mcNemar = try reply(#"{"test":"mcnemar","n01":57,"n10":2}"#)
        #expect(abs(try #require(mcNemar["p"]?.doubleValue) - 6.144390551909851e-15) < 1e-24)
        #expect(abs(try #require(mcNemar["p_mid"]?.doubleValue) - 3.176278684513545e-15) < 1e-24)
        let wilson = try reply(#"{"test":"wilson","successes":8,"n":10,"confidence":0.95}"#)
        #expect(abs(try #require(wilson["low"]?.doubleValue) - 0.4901624715) < 1e-9)
        #expect(abs(try #require(wilson["high"]?.doubleValue) - 0.9433178485) < 1e-9)
        #expect(StatsLine.answer(#"{"test":"bh","p":[0.04,0.01]}"#) == #"{"adjusted":[0.04,0.02]}"#)
        #expect(StatsLine.answer(#"{"test":"cohens_h","p1":0.5,"p2":0.5}"#) == #"{"h":0}"#)
        #expect(StatsLine.answer(#"{"test":"kappa","table":[[7,0],[0,3]]}"#) == #"{"kappa":1}"#)
        #expect(StatsLine.answer(#"{"test":"fleiss","counts":[[2,0],[0,2]]}"#) == #"{"kappa":1}"#)
    }

    @Test func confidenceIsNinetyFivePercentUnlessGiven() {
        let plain = StatsLine.answer(#"{"test":"wilson","successes":8,"n":10}"#)
        #expect(plain == StatsLine.answer(#"{"test":"wilson","successes":8,"n":10,"confidence":0.95}"#))
        #expect(plain != StatsLine.answer(#"{"test":"wilson","successes":8,"n":10,"confidence":0.99}"#))
    }

    @Test func wholeNumbersMayCarryAFraction() {
        #expect(
            StatsLine.answer(#"{"test":"mcnemar","n01":57.0,"n10":2e0}"#)
                == StatsLine.answer(#"{"test":"mcnemar","n01":57,"n10":2}"#))
    }

    @Test(
        "bad input is answered with what is wrong",
        arguments: [
            ("", "not a JSON object"),
            ("{", "not a JSON object"),
            ("[1]", "an array of 1"),
            ("{}", "\"test\" is missing"),
            (#"{"test":"mcnemar","n01":NaN,"n10":1}"#, "NaN"),
            (#"{"test":"mcnemar","n01":-1,"n10":1}"#, "\"n01\" must be a whole number"),
            (#"{"test":"mcnemar","n01":1.5,"n10":1}"#, "it is 1.5"),
            (#"{"test":"mcnemar","n01":true,"n10":1}"#, "it is true"),
            (#"{"test":"mcnemar","n01":"3","n10":1}"#, "the text \"3\""),
            (#"{"test":"mcnemar","n01":null,"n10":1}"#, "\"n01\" is null"),
            (#"{"test":"mcnemar","n01":1e30,"n10":1}"#, "1000000000000"),
            (#"{"test":"mcnemar","n01":3}"#, "\"n10\" is missing"),
            (#"{"test":"mcnemar","n01":3,"n_10":4}"#, "did you mean it by \"n_10\"?"),
            (#"{"test":"wilson","successes":11,"n":10}"#, "greater than \"n\""),
            (#"{"test":"wilson","successes":0,"n":0}"#, "at least one trial"),
            (#"{"test":"wilson","successes":1,"n":2,"confidence":1}"#, "\"confidence\" must lie between"),
            (#"{"test":"wilson","successes":1,"n":2,"confidence":0}"#, "\"confidence\" must lie between"),
            (#"{"test":"wilson","successes":1,"n":2,"confidnce":0.9}"#, "did you mean it by \"confidnce\"?"),
            (#"{"test":"bh","p":[]}"#, "\"p\" is empty"),
            (#"{"test":"bh","p":[0.1,1.1]}"#, "\"p\"[1] must be a number from 0 to 1; it is 1.1"),
            (#"{"test":"bh","p":0.1}"#, "\"p\" must be an array"),
            (#"{"test":"cohens_h","p1":-0.1,"p2":0.5}"#, "\"p1\" must be a number from 0 to 1"),
            (#"{"test":"kappa","table":[[1,2]]}"#, "must be square"),
            (#"{"test":"kappa","table":[[1,2],[3]]}"#, "ragged: row 0 has 2 counts, row 1 has 1"),
            (#"{"test":"kappa","table":[]}"#, "\"table\" is empty"),
            (#"{"test":"kappa","table":[[],[]]}"#, "\"table\"[0] is empty"),
            (#"{"test":"kappa","table":[[5,0],[0,0]]}"#, "kappa is undefined"),
            (#"{"test":"kappa","table":[[5,0.5],[0,0]]}"#, "\"table\"[0][1] must be a whole number"),
            (#"{"test":"fleiss","counts":[[1,1],[2,1]]}"#, "same number of raters"),
            (#"{"test":"fleiss","counts":[[1,0],[0,1]]}"#, "at least two raters"),
            (#"{"test":"fleiss","counts":[[3,0],[3,0]]}"#, "kappa is undefined"),
            (#"{"test":"mcnemer","n01":1}"#, "did you mean mcnemar?"),
            (#"{"test":"fleiss_kappa"}"#, "did you mean kappa or fleiss?"),
            (#"{"test":"anova"}"#, "known are mcnemar, wilson, bh, cohens_h, kappa, fleiss"),
        ])
    func badInput(line: String, message: String) throws {
        let error = try #require(try reply(line)["error"]?.stringValue)
        #expect(error.contains(message), "\(error)")
        #expect(!StatsLine.answer(line).contains("\n"))
    }

    @Test func aMillionPairsTakeNoTime() throws {
        let start = ContinuousClock.now
        for _ in 0..<1000 { _ = StatsLine.answer(#"{"test":"mcnemar","n01":1000000,"n10":999000}"#) }
        #expect(ContinuousClock.now - start < .seconds(5))
    }
}
