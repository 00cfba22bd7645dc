// Owns the checks of scalar meaning, durations and free values.
// The words are those of YAML 1.2's core schema.
// Never checks positions.

import Foundation
import Testing

@testable import CAIYAML

@Suite struct ScalarTests {
    private func value(_ text: String) throws -> YAMLValue {
        try YAMLDecoder().decode(YAMLValue.self, from: text.utf8, file: "f")
    }

    @Test(arguments: [
        ("yes", YAMLValue.string("yes")), ("no", .string("no")), ("on", .string("on")), ("true", .bool(true)),
        ("False", .bool(false)), ("~", .null), ("null", .null), ("\"null\"", .string("null")), ("12", .int(12)),
        ("-7", .int(-7)), ("+7", .int(7)), ("0x1F", .int(31)), ("0o17", .int(15)),
        ("0777", .int(777)), ("1_000", .string("1_000")), ("1.5", .double(1.5)), ("1.", .double(1)),
        (".5", .double(0.5)), ("1e3", .double(1000)), ("2e-4", .double(2e-4)), (".", .string(".")),
        ("e3", .string("e3")), ("1e", .string("1e")), ("'12'", .string("12")), ("2026-11-22", .string("2026-11-22")),
        ("2026-11-22T08:00:00Z", .string("2026-11-22T08:00:00Z")), ("12:30", .string("12:30")),
        (".inf", .double(.infinity)), ("inf", .string("inf")), ("nan", .string("nan")), ("0x", .string("0x")),
        ("99999999999999999999", .double(1e20)), ("|\n  12\n", .string("12\n")),
    ])
    func meaning(text: String, expected: YAMLValue) throws {
        #expect(try value("k: \(text)") == .object(["k": expected]))
    }

    @Test func valuesGoThroughJSONUnchanged() throws {
        let value = try value("{a: [1, 2.5, x, true, ~], b: {c: \"1\"}}")
        let data = try JSONEncoder().encode(value)
        #expect(try JSONDecoder().decode(YAMLValue.self, from: data) == value)
    }

    @Test(arguments: [
        ("90s", 90.0), ("30m", 1800), ("2h", 7200), ("1d", 86_400), ("1h30m", 5400), ("1.5h", 5400), ("0", 0),
        ("0s", 0),
        ("0.2s", 0.2),
    ])
    func durations(text: String, seconds: Double) {
        #expect(DurationText(text)?.seconds == seconds)
    }

    @Test(arguments: ["", "30", "m", "-1h", "1 h", "h1", "1w", "1..5h", ".5h", "5.h", "99999999d", "1h30", "١m"])
    func notDurations(text: String) {
        #expect(DurationText(text) == nil)
    }

    @Test func durationsPrintInOneUnit() {
        #expect(
            ["90s", "120s", "2h", "36h", "48h", "0", "0.5s"].map { DurationText($0)?.description } == [
                "90s", "2m", "2h", "36h", "2d", "0s", "0.5s",
            ])
    }
}
