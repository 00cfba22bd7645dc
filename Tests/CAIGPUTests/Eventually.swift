// Owns waiting in a test for what another process brings about, however slow the machine is.

import Testing

/// Waits for something that must come true, at most a minute.
func eventually(_ condition: () async throws -> Bool, at location: SourceLocation = #_sourceLocation) async throws {
    for _ in 0..<1200 {
        if try await condition() { return }
        try await Task.sleep(for: .milliseconds(50))
    }
    Issue.record("it did not come true within a minute", sourceLocation: location)
}
