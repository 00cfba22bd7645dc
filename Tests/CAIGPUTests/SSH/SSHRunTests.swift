// Commands over a real connection: words, ends, bounds, deadlines.

import TestSupport
import Testing

@testable import CAIGPU

struct SSHRunTests {
    @Test func keepsOutputErrorsAndStatusApart() async throws {
        let connection = try await SSHFixture().connect()
        let result = try await connection.run(["sh", "-c", "echo out; echo err >&2; cat; exit 7"], deadline: 20)
        #expect(text(result.output) == "out\n")
        #expect(text(result.errors) == "err\n")
        #expect(result.status == 7)
        await connection.close()
    }
}
