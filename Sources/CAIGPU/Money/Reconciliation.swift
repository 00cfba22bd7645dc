// Owns comparing the ledger with the provider's own bill: a correction for each closed bucket in which they differ.
// Never changes a row that stands, and never corrects twice: a correction is part of what is compared the next time.

/// What the provider bills for one pod in one bucket of time. Instants are seconds since 1970.
public struct BillingRecord: Sendable, Equatable {
    public var pod: String
    public var from: Double
    public var to: Double
    public var usd: Double

    public init(pod: String, from: Double, to: Double, usd: Double) {
        (self.pod, self.from, self.to, self.usd) = (pod, from, to, usd)
    }
}

/// What the ledger knows of a pod in such a bucket.
public struct LedgerStanding: Sendable, Equatable {
    /// From when on the pod's money is ours: minus infinity for one that we have made, so that its first bucket counts whole.
    public var oursFrom: Double
    /// Up to when it is metered; infinity once it is gone.
    public var meteredUntil: Double
    /// Computing, storage and corrections, of the rows in the bucket.
    public var usd: Double

    public init(oursFrom: Double, meteredUntil: Double, usd: Double) {
        (self.oursFrom, self.meteredUntil, self.usd) = (oursFrom, meteredUntil, usd)
    }
}

/// A row that makes the ledger equal to the bill.
public struct Correction: Sendable, Equatable {
    public var pod: String
    public var from: Double
    public var to: Double
    /// What was billed more than was metered; negative where less.
    public var usd: Double
    public var words: String
}

/// Compares with the bill.
public enum Reconciliation {
    /// USD; a month of hours that each differ by less is still not a cent.
    private static let tolerance = 0.00001

    /// - Parameters:
    ///   - settle: seconds after a bucket's end before its record is believed to be final.
    ///   - ledger: what the ledger knows of that pod from one moment up to another; nil for a pod that is not ours at all.
    /// - Returns: in the order of the records; nothing for buckets that are open, not yet metered to their end, or begin
    ///   before the pod's money was ours.
    public static func corrections(
        for records: [BillingRecord], settle: Double = 3600, now: Double,
        ledger: (_ pod: String, _ from: Double, _ to: Double) throws -> LedgerStanding?
    ) rethrows -> [Correction] {
        var seen: Set<String> = []
        return try records.compactMap { record in
            guard record.usd.isFinite, record.usd >= 0, record.to > record.from, record.to + settle <= now,
                seen.insert("\(record.pod) \(record.from) \(record.to)").inserted,
                let standing = try ledger(record.pod, record.from, record.to), standing.oursFrom <= record.from,
                standing.meteredUntil >= record.to
            else { return nil }
            let difference = record.usd - standing.usd
            guard abs(difference) > tolerance else { return nil }
            return Correction(
                pod: record.pod, from: record.from, to: record.to, usd: difference,
                words: "the provider bills \(Words.usd(record.usd)) where \(Words.usd(standing.usd)) were metered")
        }
    }
}
