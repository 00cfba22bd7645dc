// Owns one finding of `caid doctor`, and the rule that no check may hang.
// Never prints.

import CAIWorkflow

/// What was looked at, how it is, and what to do about it.
struct Diagnosis: Sendable, Hashable, Codable {
    enum State: String, Sendable, Codable { case ok, warn, bad }
    var name: String
    var state: State
    /// What is so, and why.
    var words: String
    /// What to do; null where nothing is to be done, or the words say it.
    @Nullable var remedy: String?

    private init(_ name: String, _ state: State, _ words: String, _ remedy: String?) {
        (self.name, self.state, self.words) = (name, state, PlainText.line(words, limit: 1000))
        _remedy = Nullable(wrappedValue: remedy)
    }

    static func ok(_ name: String, _ words: String) -> Diagnosis { Diagnosis(name, .ok, words, nil) }

    static func warn(_ name: String, _ words: String, _ remedy: String? = nil) -> Diagnosis {
        Diagnosis(name, .warn, words, remedy)
    }

    static func bad(_ name: String, _ words: String, _ remedy: String? = nil) -> Diagnosis {
        Diagnosis(name, .bad, words, remedy)
    }

    /// Seconds that one check may take.
    static let deadline = 20.0

    /// Makes one check. What it throws is bad, and so is taking too long.
    /// - Parameter remedy: for errors that do not say themselves what to do.
    static func of(
        _ name: String, within seconds: Double = deadline, remedy: String? = nil,
        _ check: @escaping @Sendable () async throws -> Diagnosis
    ) async -> Diagnosis {
        do { return try await answer(within: seconds, of: check) } catch { return .bad(name, "\(error)", remedy) }
    }

    /// The answer to one question. One that does not come in time is not waited for any longer, even where it ignores that it
    /// was cancelled.
    static func answer<Value: Sendable>(
        within seconds: Double = deadline, of question: @escaping @Sendable () async throws -> Value
    ) async throws -> Value {
        let (found, finding) = AsyncStream<Result<Value, any Error>>.makeStream(bufferingPolicy: .bufferingOldest(1))
        let work = Task {
            do { finding.yield(.success(try await question())) } catch { finding.yield(.failure(error)) }
        }
        let timer = Task {
            try await Task.sleep(for: .seconds(seconds))
            finding.yield(.failure(NoAnswer(seconds: seconds)))
        }
        defer {
            work.cancel()
            timer.cancel()
        }
        for await result in found { return try result.get() }
        throw CancellationError()
    }
}

/// Nothing came back in time.
struct NoAnswer: Error, CustomStringConvertible {
    var seconds: Double
    var description: String { "no answer within \(Int(seconds)) s" }
}
