// Owns the tests of how instants and days are written.

import CAISystem
import FoundationEssentials
import Glibc
import Testing

struct WallClockTests {
    @Test func instantsHaveMillisecondsInUTC() {
        #expect(Date(timeIntervalSince1970: 0).instantText == "1970-01-01T00:00:00.000Z")
        #expect(Date(timeIntervalSince1970: 1_795_224_600.123).instantText == "2026-11-21T01:30:00.123Z")
        #expect(Date(timeIntervalSince1970: 1_795_224_600.9999).instantText == "2026-11-21T01:30:01.000Z")
    }

    @Test func everyMillisecondComesBack() throws {
        for number in 0..<3000 {
            let text = Date(timeIntervalSince1970: 1_795_224_600 + Double(number) / 1000).instantText
            let milliseconds = String(1000 + number % 1000).dropFirst()
            #expect(text.hasSuffix(".\(milliseconds)Z"))
            #expect(try #require(Date(instantText: text)).instantText == text)
        }
    }

    @Test func fractionsAndOffsetsAreRead() throws {
        let expected = Date(timeIntervalSince1970: 1_795_224_600)
        for text in ["2026-11-21T01:30:00Z", "2026-11-21T01:30:00.000Z", "2026-11-21T03:30:00+02:00"] {
            #expect(Date(instantText: text) == expected, "\(text)")
        }
        for text in ["", "yesterday", "2026-11-21"] { #expect(Date(instantText: text) == nil, "\(text)") }
    }

    @Test func theDayIsTheMachines() throws {
        var parts = tm()
        (parts.tm_year, parts.tm_mon, parts.tm_mday, parts.tm_hour, parts.tm_isdst) = (126, 10, 5, 0, -1)
        let midnight = Date(timeIntervalSince1970: Double(mktime(&parts)))
        #expect(midnight.localDay == "2026-11-05")
        #expect((midnight - 0.5).localDay == "2026-11-04")
        #expect((midnight + 86_399).localDay == "2026-11-05")
    }
}
