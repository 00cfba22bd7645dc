// Owns what can be made to go wrong, as one JSON object each.
// Never decides when; TroubleBox.swift does.

import CAISystem

/// What a request is about to do, as far as trouble tells requests apart.
enum Operation: String, Codable, Sendable, CaseIterable {
    case create, start, stop, restart, terminate, update, read, list, other
}

/// One thing that goes wrong. See `Trouble.help` for what each member means.
struct Trouble: Codable, Sendable {
    enum Kind: String, Codable, Sendable, CaseIterable {
        case noCapacity = "no_capacity"
        case rateLimit = "rate_limit"
        case serverError = "server_error"
        case cut, hang
        case slowStart = "slow_start"
        case noRuntime = "no_runtime"
        case noPorts = "no_ports"
        case slowStop = "slow_stop"
        case noStop = "no_stop"
        case balance
        case podDeleted = "pod_deleted"
        case podVanishes = "pod_vanishes"
        case sshdDies = "sshd_dies"

        /// Whether it happens by itself and not in answer to a request.
        var isEvent: Bool { [.balance, .podDeleted, .podVanishes, .sshdDies].contains(self) }
    }
    enum Moment: String, Codable, Sendable {
        case before, after
    }
    enum Outcome: String, Codable, Sendable {
        case exited = "EXITED"
        case error = "ERROR"
        case gone
    }

    var kind: Kind
    var on: Operation?
    var gpu: String?
    var pod: String?
    var count: Int?
    var probability: Double?
    var after: Double?
    var seconds: Double?
    var status: Int?
    var effect: Moment?
    var outcome: Outcome?
    var usd: Double?

    /// Whether it comes before or after what was asked for is done.
    var moment: Moment { effect ?? (kind == .cut ? .after : .before) }

    /// A misspelt member would be trouble that never comes, so unknown ones are refused.
    /// - Throws: `Problem` 422.
    init(_ json: JSONValue) throws(Problem) {
        let known = [
            "kind", "on", "gpu", "pod", "count", "probability", "after", "seconds", "status", "effect", "outcome",
            "usd",
        ]
        guard case .object(let members) = json else { throw .invalid(["trouble must be a JSON object"]) }
        let unknown = members.keys.filter { !known.contains($0) }.sorted()
        guard unknown.isEmpty else {
            throw .invalid(unknown.map { "unknown member '\($0)'; known: \(known.joined(separator: ", "))" })
        }
        do throws(any Error) {
            self = try CanonicalJSON.decode(Trouble.self, from: try CanonicalJSON.encode(json))
        } catch {
            let kinds = Kind.allCases.map(\.rawValue).joined(separator: ", ")
            throw .invalid(["cannot be understood: \(error). Kinds: \(kinds)"])
        }
        let spans = [seconds, after, probability, count.map(Double.init)].compactMap { $0 }
        guard spans.allSatisfy({ 0...1_000_000 ~= $0 }) else {
            throw .invalid(["a number is below 0 or above 1,000,000"])
        }
        guard 400...599 ~= status ?? 500 else { throw .invalid(["status: must be 400 to 599"]) }
    }

    /// One JSON object a line, as in the file of `--trouble`.
    static func list(_ bytes: [UInt8]) throws(Problem) -> [Trouble] {
        var list: [Trouble] = []
        for (index, line) in bytes.split(separator: 0x0A).enumerated() {
            guard let json = try? CanonicalJSON.decode(JSONValue.self, from: line) else {
                throw .bad("trouble \(index + 1) is not JSON")
            }
            list.append(try Trouble(json))
        }
        return list
    }

    static let help = """
        Trouble is one JSON object: {"kind": …} and, as needed:
          on           create, start, stop, restart, terminate, update, read, list or
                       other; any request by default
          gpu, pod     only for this GPU type; only for this pod (id or name)
          count        how often; 0: without limit. By default once, without limit
                       where a probability is given
          probability  the chance each time, seeded by --seed
          after        seconds before it can happen
        DELETE /sim/trouble ends all of it, also what lasts.
        Answers:
          no_capacity   create or start is refused: no GPU is free
          rate_limit    429 with Retry-After {"seconds": 5}
          server_error  {"status": 500, "effect": "before"}; "effect": "after": it was
                        done, only the answer is lost
          cut           it was done, and the reply breaks off in its middle
          hang          no reply for {"seconds": 3600, "effect": "before"}
        Pods:
          slow_start    so long in PROVISIONING and STARTING {"seconds": 5}
          no_runtime    RUNNING without a runtime for so long {"seconds": 5}
          no_ports      RUNNING without ports for so long {"seconds": 5}
          slow_stop     a stop is accepted and takes so long {"seconds": 5}
          no_stop       a stop is accepted and never comes
        By itself:
          balance       is set {"usd": 0}
          pod_deleted   somebody else terminates a pod
          pod_vanishes  its machine dies {"outcome": "EXITED"}, "ERROR" or "gone"
          sshd_dies     with its connections, and is back after {"seconds": 1}
        """
}
