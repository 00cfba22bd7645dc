// Owns making the ledger agree with the provider's bill: asked for soon after the start and then every hour, and every
// difference in a closed hour entered as a correction.
// Never changes a metered row, and never fails the daemon: a bill that cannot be read is said once and asked for again.

import CAIGPU
import CAIJournal
import CAISystem
import CAIWorkflow
import FoundationEssentials
import ServiceLifecycle
import Synchronization

/// Reconciles one provider's pods.
final class ReconciliationService: Service {
    /// The provider's charges for all the account's pods since then, by the hour.
    typealias Bill = @Sendable (_ since: Date) async throws -> [RunPodCharge]

    /// Under which the journal keeps how far the bill was compared.
    static let standing = "reconciliation"
    private static let (hour, day) = (3600.0, 86_400.0)

    private let provider: String
    private let journal: Journal
    private let clock: any WallClock
    private let bill: Bill
    private let lastTrouble = Mutex("")

    /// - Parameter provider: whose machines the bill is about, as the journal names it.
    init(provider: String, journal: Journal, clock: any WallClock, bill: @escaping Bill) {
        (self.provider, self.journal, self.clock, self.bill) = (provider, journal, clock, bill)
    }

    /// Five minutes after the start, then every hour, until it is cancelled.
    func run() async {
        await cancelWhenGracefulShutdown { [self] in
            var pause = Duration.seconds(300)
            while (try? await Task.sleep(for: pause)) != nil {
                await turn()
                pause = .seconds(Self.hour)
            }
        }
    }

    /// One comparison; what goes wrong stands in the events.
    func turn() async {
        do {
            try await reconcile()
            lastTrouble.withLock { $0 = "" }
        } catch {
            guard !Task.isCancelled else { return }
            let trouble = "the ledger cannot be compared with the provider's bill, and stays as metered: \(error)"
            let isNew = lastTrouble.withLock { last in
                defer { last = trouble }
                return last != trouble
            }
            if isNew { try? tell(trouble) }
        }
    }

    /// Compares the closed hours with the bill.
    /// - Returns: what was entered.
    @discardableResult
    func reconcile() async throws -> [Correction] {
        let now = clock.now().timeIntervalSince1970
        guard let since = try beginning(now: now) else { return [] }
        let charges = try await bill(Date(timeIntervalSince1970: since)).map {
            BillingRecord(
                pod: $0.pod, from: $0.from.timeIntervalSince1970, to: $0.to.timeIntervalSince1970, usd: $0.usd)
        }.filter { Self.isWhole($0.from) && Self.isWhole($0.to) && $0.from >= since }
        let unbilled = try journal.bucketSums(provider: provider, from: since).filter { sum in
            sum.usd != 0 && Self.isMissing(sum, in: charges, now: now)
        }.map { BillingRecord(pod: $0.pod, from: $0.bucket, to: $0.bucket + Self.hour, usd: 0) }
        let found = try Reconciliation.corrections(for: charges + unbilled, now: now) { try standing(of: $0, $1, $2) }
        for one in found {
            try journal.addCorrection(pod: one.pod, bucket: one.from, usd: one.usd, note: one.words, at: now)
        }
        if let words = Self.words(found) { try tell(words) }
        try remember(until: Self.floor(now - Self.hour), at: now)
        return found
    }

    /// From when on to compare: where the last comparison ended, and three days before, because bills change late.
    private func beginning(now: Double) throws -> Double? {
        guard let first = try journal.bucketSums(provider: provider, from: 0).first?.bucket else { return nil }
        let until = try journal.standing(Self.standing).flatMap {
            try? CanonicalJSON.decode(Progress.self, from: $0.json.utf8).until
        }
        return Self.floor(max(first, (until ?? 0) - 3 * Self.day, now - 90 * Self.day))
    }

    private func standing(of pod: String, _ from: Double, _ to: Double) throws -> LedgerStanding? {
        guard let row = try journal.machine(id: pod), row.provider == provider else { return nil }
        return LedgerStanding(
            oursFrom: row.isOurs ? -.infinity : row.meteredFrom ?? .infinity,
            meteredUntil: row.goneAt == nil ? row.meteredUntil ?? -.infinity : .infinity,
            usd: try journal.meteredUSD(pod: pod, from: from, to: to))
    }

    /// Whether the provider charges nothing for an hour, and is not only late: a day has passed, and later hours are on the bill.
    private static func isMissing(_ sum: BucketSum, in charges: [BillingRecord], now: Double) -> Bool {
        sum.bucket + hour + day <= now
            && charges.contains { $0.from > sum.bucket }
            && !charges.contains { $0.pod == sum.pod && $0.from <= sum.bucket && sum.bucket < $0.to }
    }

    private static func words(_ corrections: [Correction]) -> String? {
        guard let largest = corrections.max(by: { abs($0.usd) < abs($1.usd) }) else { return nil }
        let sum = corrections.reduce(0) { $0 + $1.usd }
        let at = Date(timeIntervalSince1970: largest.from).instantText
        return "the provider's bill: \(corrections.count) hour\(corrections.count == 1 ? "" : "s") corrected by "
            + "\(USD.text(sum)) in all; most in that from \(at) for \(largest.pod): \(largest.words)"
    }

    private func tell(_ message: String) throws {
        try journal.addEvent(at: clock.now().timeIntervalSince1970, actor: "caid", target: "pod", message: message)
    }

    private struct Progress: Codable {
        /// Seconds since 1970.
        var until: Double
    }

    private func remember(until: Double, at: Double) throws {
        let json = String(decoding: try CanonicalJSON.encode(Progress(until: until)), as: UTF8.self)
        try journal.setStanding(Self.standing, json: json, at: at)
    }

    private static func floor(_ instant: Double) -> Double { (instant / hour).rounded(.down) * hour }
    private static func isWhole(_ instant: Double) -> Bool { instant == floor(instant) }
}
