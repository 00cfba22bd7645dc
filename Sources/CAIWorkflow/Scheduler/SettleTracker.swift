// Owns the judgement whether a file has come to rest: unchanged in two looks that are `settle` apart, or seen arriving by
// rename, which is how whole files arrive. A file that turns out to be open for writing when it is taken starts anew.
// Never looks by itself; it is shown each scan. Never told the time of day, which is set forwards and back: `now` is always
// the machine's uptime.

import CAISystem

/// Remembers since when each pending file has looked as it does.
public struct SettleTracker: Sendable {
    private struct Look: Sendable {
        var status: FileStatus
        var since: Duration
        var whole: Bool
    }
    private let settle: Duration
    /// Until the files that were there at the start have settled (or this long has passed) nothing is claimed, so that
    /// the order does not depend on which of them was dropped first.
    private let startLimit: Duration
    private var looks: [String: Look] = [:]
    private var started: Duration?
    /// What was there at the start and may not have settled yet; nil once that no longer matters.
    private var first: Set<String>? = []

    /// - Parameter settle: seconds.
    public init(settle: Double, startLimit: Double = 10) {
        (self.settle, self.startLimit) = (.seconds(settle), .seconds(startLimit))
    }

    /// Takes a scan in.
    /// - Parameter arrived: names (`queue/name`) that were seen arriving by rename.
    public mutating func look(at files: [PendingFile], arrived: Set<String>, now: Duration) {
        var seen: [String: Look] = [:]
        for file in files {
            if let old = looks[file.key], old.status == file.status {
                seen[file.key] = Look(
                    status: old.status, since: old.since, whole: old.whole || arrived.contains(file.key))
            } else {
                seen[file.key] = Look(status: file.status, since: now, whole: arrived.contains(file.key))
            }
        }
        looks = seen
        if started == nil { first = Set(seen.keys) }
        let begin = started ?? now
        started = begin
        let unsettled = files.filter { !isAtRest($0, now) }.map(\.key)
        if let waiting = first, now - begin >= startLimit || waiting.isDisjoint(with: unsettled) { first = nil }
    }

    /// A file could not be taken: somebody has it open for writing, or it changed under the hand. A rename does not tell
    /// that (a program may go on writing into what it has renamed), nor does a writer that pauses.
    public mutating func startAnew(_ file: PendingFile, now: Duration) {
        looks[file.key] = Look(status: file.status, since: now, whole: false)
    }

    /// Whether the file may be claimed now.
    public func isSettled(_ file: PendingFile, now: Duration) -> Bool { first == nil && isAtRest(file, now) }

    /// Seconds until some file may have settled, or nil where none is waiting for that.
    public func nextLook(now: Duration) -> Double? {
        var times = looks.values.filter { !$0.whole }.map { settle - (now - $0.since) }
        if first != nil, let started { times.append(startLimit - (now - started)) }
        return times.filter { $0 > .zero }.min().map { $0 / .seconds(1) }
    }

    private func isAtRest(_ file: PendingFile, _ now: Duration) -> Bool {
        guard let look = looks[file.key], look.status == file.status else { return false }
        return look.whole || now - look.since >= settle
    }
}
