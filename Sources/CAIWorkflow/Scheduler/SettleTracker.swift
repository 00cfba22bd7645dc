// Owns the judgement whether a file has come to rest: unchanged in two looks that are `settle` apart, or seen arriving by
// rename, which is how whole files arrive. A file that somebody is still writing is never taken.
// Never looks by itself; it is shown each scan.

import CAISystem
import FoundationEssentials

/// Remembers since when each pending file has looked as it does.
public struct SettleTracker: Sendable {
    private struct Look: Sendable {
        var status: FileStatus
        var since: Date
        var whole: Bool
    }
    private let settle: Double
    /// Until the files that were there at the start have settled (or this long has passed) nothing is claimed, so that
    /// the order does not depend on which of them was dropped first.
    private let startLimit: Double
    private var looks: [String: Look] = [:]
    private var started: Date?
    /// What was there at the start and may not have settled yet; nil once that no longer matters.
    private var first: Set<String>? = []

    /// - Parameter settle: seconds.
    public init(settle: Double, startLimit: Double = 10) {
        (self.settle, self.startLimit) = (settle, startLimit)
    }

    /// Takes a scan in.
    /// - Parameter arrived: names (`queue/name`) that were seen arriving by rename.
    public mutating func look(at files: [PendingFile], arrived: Set<String>, now: Date) {
        var seen: [String: Look] = [:]
        for file in files {
            let key = Self.key(file)
            if let old = looks[key], old.status == file.status {
                // Where the clock was set back, the wait begins anew: not when it has caught up.
                let since = min(old.since, now)
                seen[key] = Look(status: old.status, since: since, whole: old.whole || arrived.contains(key))
            } else {
                seen[key] = Look(status: file.status, since: now, whole: arrived.contains(key))
            }
        }
        looks = seen
        if started == nil { first = Set(seen.keys) }
        let begin = min(started ?? now, now)
        started = begin
        let unsettled = files.filter { !isAtRest($0, now) }.map(Self.key)
        if let waiting = first, now.timeIntervalSince(begin) >= startLimit || waiting.isDisjoint(with: unsettled) {
            first = nil
        }
    }

    /// Whether the file may be claimed now.
    public func isSettled(_ file: PendingFile, now: Date) -> Bool { first == nil && isAtRest(file, now) }

    /// Seconds until some file may have settled, or nil where none is waiting for that.
    public func nextLook(now: Date) -> Double? {
        var times = looks.values.filter { !$0.whole }.map { settle - now.timeIntervalSince($0.since) }
        if first != nil, let started { times.append(startLimit - now.timeIntervalSince(started)) }
        return times.filter { $0 > 0 }.min()
    }

    private func isAtRest(_ file: PendingFile, _ now: Date) -> Bool {
        guard let look = looks[Self.key(file)], look.status == file.status else { return false }
        return look.whole || now.timeIntervalSince(look.since) >= settle
    }

    private static func key(_ file: PendingFile) -> String { "\(file.queue)/\(file.name)" }
}
