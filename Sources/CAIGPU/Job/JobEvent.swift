// Owns the reading of events.jsonl: bytes from an offset into events, whole lines only.
// Never trusts a line: one that is not an event is passed over, an unknown event too.

import CAISystem

/// One line of a job's events.
public struct JobEvent: Codable, Sendable {
    /// Seconds since 1970, by the pod's clock.
    public var t: Double
    public var event: String
    public var attempt: Int?
    public var done: Double?
    public var total: Double?
    public var unit: String?
    public var phase: String?
    public var eta_s: Double?
    public var loss: Double?
    public var tokens: Double?
    public var step: Double?
    public var seq: Int?
    public var manifest_sha256: String?
    public var checkpoint: Int?
    public var seconds: Double?
    public var outputs_sha256: String?
    public var level: String?
    public var message: String?
    public var error: String?
    public var detail: String?
    public var reason: String?

    /// Whether it ends an attempt.
    var isEnding: Bool { event == "done" || event == "stopped" || event == "failed" }

    /// Whether its numbers can be what they say: instants of this age and numbers that can be counted to. Whoever reads one may
    /// make an integer of it.
    fileprivate var isPlausible: Bool {
        let counted = [done, total, eta_s, tokens, step].allSatisfy { abs($0 ?? 0) <= 1e15 }
        let isNumbered = [seq, checkpoint].allSatisfy { (1...999_999).contains($0 ?? 1) }
        return (0...1e11).contains(t) && (0...1e11).contains(seconds ?? 0) && counted && isNumbered
    }
}

extension JobEvent {
    /// What a person will read.
    fileprivate mutating func makeHarmless() {
        (message, reason) = (message?.plainLine(), reason?.plainLine())
        // Of a program's output, several lines come at once.
        phase = unit == "tokens" ? phase.map { String($0.plain.prefix(20_000)) } : phase?.plainLine()
        (error, detail) = (error?.plainLine(), detail.map { String($0.plain.suffix(20_000)) })
    }
}

/// Turns the growing file into events, remembering how far it has read.
struct EventReader: Sendable {
    /// Bytes consumed: always the start of a line.
    private(set) var offset: Int64 = 0
    /// Bytes of the shortest line that can be an event.
    private static let shortest = #"{"t":1,"event":""}"#.utf8.count

    /// Events in the whole lines of `bytes`, which were read from `offset` on, at most `limit` of them: a line longer
    /// than that is no event, and is passed over piece by piece.
    mutating func take(_ bytes: [UInt8], limit: Int) -> [JobEvent] {
        guard let end = bytes.lastIndex(of: 0x0A) else {
            if bytes.count >= limit { offset += Int64(bytes.count) }
            return []
        }
        offset += Int64(end + 1)
        return bytes[..<end].split(separator: 0x0A).compactMap(Self.event)
    }

    private static func event(_ line: ArraySlice<UInt8>) -> JobEvent? {
        // Garbage is passed over before it costs anything.
        guard line.count >= shortest, line.first == 0x7B, line.last == 0x7D,
            var event = try? CanonicalJSON.decode(JobEvent.self, from: line), event.isPlausible
        else { return nil }
        event.makeHarmless()
        return event
    }
}

/// What the events so far amount to.
struct JobHistory: Sendable {
    /// The ending of the newest attempt, if it has one.
    private(set) var ending: JobEvent?
    private(set) var attempts = 0
    /// Seconds in which a worker ran, over all attempts.
    private(set) var workedSeconds = 0.0
    /// When the newest attempt began, while it is not closed, and its newest word, by the pod's clock.
    private(set) var attemptStart: Double?
    private(set) var last: Double?
    private var worked = 0.0
    private var checkpoint = 0.0

    /// Something that only ever grows while a job advances: records, steps, checkpoints. Loading and downloads count in
    /// other units, and can be done again and again without end.
    var advance: Double { worked + checkpoint }

    mutating func add(_ event: JobEvent) {
        if event.event == "started" {
            closeAttempt()
            attempts += 1
            attemptStart = event.t
            ending = nil
        }
        if event.isEnding { ending = event }
        if event.event == "progress", event.unit == "records" || event.unit == "steps" {
            worked = max(worked, event.done ?? 0)
        }
        if event.event == "checkpoint" { checkpoint = max(checkpoint, Double(event.seq ?? 0)) }
        // A `done` of no seconds was added later, for a worker that died between its outputs and its word.
        if event.event != "done" || event.seconds != 0 { last = event.t }
    }

    /// Another attempt is about to be started: the word of the one before no longer counts.
    mutating func restarts() { ending = nil }

    /// Counts the newest attempt's time; call once when it is over.
    mutating func closeAttempt() {
        if let attemptStart, let last { workedSeconds += max(0, last - attemptStart) }
        attemptStart = nil
    }
}
