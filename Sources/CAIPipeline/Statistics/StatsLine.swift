// Owns the line protocol of `caid stats`: one JSON object in, one JSON object out.
// Never throws and never prints: a request that has no answer is answered with `error`.

import CAISystem
import CAIYAML

/// `{"test": "mcnemar", "n01": 57, "n10": 2}` → `{"p": …, "p_mid": …}`.
///
/// | test | arguments | answer |
/// |---|---|---|
/// | `mcnemar` | `n01`, `n10` | `p`, `p_mid` |
/// | `wilson` | `successes`, `n`, `confidence` (0.95) | `low`, `high` |
/// | `bh` | `p` (an array) | `adjusted` |
/// | `cohens_h` | `p1`, `p2` | `h` = 2·asin√p1 − 2·asin√p2 |
/// | `kappa` | `table` (square) | `kappa` |
/// | `fleiss` | `counts` (items × categories) | `kappa` |
public enum StatsLine {
    private enum Answer: Encodable {
        case numbers([String: Double])
        case adjusted([Double])
        case error(String)

        func encode(to encoder: any Encoder) throws {
            switch self {
            case .numbers(let numbers): try numbers.encode(to: encoder)
            case .adjusted(let values): try ["adjusted": values].encode(to: encoder)
            case .error(let message): try ["error": message].encode(to: encoder)
            }
        }
    }

    private static let tests: [(name: String, run: @Sendable (StatsRequest) throws -> Answer)] = [
        ("mcnemar", mcNemar), ("wilson", wilson), ("bh", benjaminiHochberg), ("cohens_h", cohensH),
        ("kappa", cohensKappa), ("fleiss", fleissKappa),
    ]

    /// The answer to one request, as one line of JSON without a line end.
    public static func answer(_ line: String) -> String {
        let answer: Answer
        do {
            let request = try StatsRequest(line: line)
            answer = try test(named: try request.text("test"))(request)
        } catch let error as PipelineError {
            answer = .error(error.message)
        } catch {
            answer = .error("\(error)")
        }
        return (try? CanonicalJSON.encode(answer)).map { String(decoding: $0, as: UTF8.self) }
            ?? #"{"error":"the result is not a number"}"#
    }

    private static func test(named name: String) throws -> @Sendable (StatsRequest) throws -> Answer {
        if let test = tests.first(where: { $0.name == name }) { return test.run }
        let known = tests.map(\.name)
        let within = known.filter {
            name.lowercased().contains($0) || (name.count > 2 && $0.contains(name.lowercased()))
        }
        let near = within.isEmpty ? Suggestion.nearest(to: name, in: known).map { [$0] } ?? [] : within
        let hint = near.isEmpty ? "" : "did you mean \(near.joined(separator: " or "))? "
        throw StatsRequest.error(
            "unknown test \"\(name.prefix(40))\"; \(hint)known are \(known.joined(separator: ", "))")
    }

    @Sendable private static func mcNemar(_ request: StatsRequest) throws -> Answer {
        let result = Statistics.mcNemar(n01: try request.count("n01"), n10: try request.count("n10"))
        return .numbers(["p": result.p, "p_mid": result.pMid])
    }

    @Sendable private static func wilson(_ request: StatsRequest) throws -> Answer {
        let successes = try request.count("successes")
        let n = try request.count("n")
        if n == 0 { throw StatsRequest.error("\"n\" is 0; an interval needs at least one trial") }
        if successes > n {
            throw StatsRequest.error("\"successes\" (\(successes)) is greater than \"n\" (\(n))")
        }
        let interval = Statistics.wilson(successes: successes, n: n, confidence: try request.confidence())
        return .numbers(["low": interval.low, "high": interval.high])
    }

    @Sendable private static func benjaminiHochberg(_ request: StatsRequest) throws -> Answer {
        .adjusted(Statistics.benjaminiHochberg(try request.proportions("p")))
    }

    @Sendable private static func cohensH(_ request: StatsRequest) throws -> Answer {
        .numbers(["h": Statistics.cohensH(try request.proportion("p1"), try request.proportion("p2"))])
    }

    @Sendable private static func cohensKappa(_ request: StatsRequest) throws -> Answer {
        let table = try request.rows("table")
        if table.count != table[0].count {
            throw StatsRequest.error(
                "\"table\" must be square, a row and a column per category; "
                    + "it has \(table.count) rows of \(table[0].count)")
        }
        return .numbers(["kappa": try defined(Statistics.cohensKappa(table), "table")])
    }

    @Sendable private static func fleissKappa(_ request: StatsRequest) throws -> Answer {
        let counts = try request.rows("counts")
        let sums = counts.map { $0.reduce(0, +) }
        if sums[0] < 2 {
            throw StatsRequest.error("\"counts\"[0] sums to \(sums[0]); agreement needs at least two raters an item")
        }
        if let other = sums.firstIndex(where: { $0 != sums[0] }) {
            throw StatsRequest.error(
                "every item needs the same number of raters: \"counts\"[0] sums to \(sums[0]), "
                    + "\"counts\"[\(other)] to \(sums[other])")
        }
        return .numbers(["kappa": try defined(Statistics.fleissKappa(counts), "counts")])
    }

    private static func defined(_ kappa: Double?, _ key: String) throws -> Double {
        guard let kappa else {
            throw StatsRequest.error(
                "kappa is undefined for these \"\(key)\": there are no ratings, or all are in one category, "
                    + "so that agreement by chance is already 1 (0/0)")
        }
        return kappa
    }
}
