// Owns a stretch of one pod's time with its price, and cutting it into the ledger's rows.
// Never prices anything; Meter does.

/// What one pod cost from one moment up to another. Instants are seconds since 1970.
public struct MeterSlice: Sendable, Equatable {
    public var pod: String
    public var from: Double
    public var to: Double
    /// When it began to compute, within the slice; `to` where it did not.
    public var computeFrom: Double
    public var computeUSD: Double
    public var storageUSD: Double
    /// Whether it changed its state while nobody looked, so that the provider's bill may say something else.
    public var isEstimate: Bool

    /// Its rows: cut at the limits of buckets, which a provider's bill can be compared with, and shared equally among the
    /// accounts that were at work. The sums over all rows are the slice's.
    /// - Parameters:
    ///   - accounts: whose work the pod did; nobody's is idling, or being stopped.
    ///   - bucket: seconds.
    public func entries(for accounts: [Account], bucket: Double = 3600) -> [MeterEntry] {
        let computing = accounts.isEmpty ? [.idle] : accounts
        let stored = accounts.isEmpty && computeFrom >= to ? [.stopped] : computing
        return cut(computeFrom, .compute, computeUSD, computing, bucket)
            + cut(from, .storage, storageUSD, stored, bucket)
    }

    private func cut(
        _ from: Double, _ what: MeterEntry.What, _ usd: Double, _ accounts: [Account], _ bucket: Double
    ) -> [MeterEntry] {
        guard to > from, what == .compute || usd > 0 else { return [] }
        var (entries, begin) = ([MeterEntry](), from)
        let bucket = max(1, bucket)
        while begin < to {
            let start = (begin / bucket).rounded(.down) * bucket
            let end = min(to, max(start + bucket, begin.nextUp))
            let share = (end - begin) / (to - from)
            let count = Double(accounts.count)
            for account in accounts {
                entries.append(
                    MeterEntry(
                        pod: pod, bucket: start, to: end, account: account, what: what,
                        seconds: (end - begin) / count, usd: usd * share / count))
            }
            begin = end
        }
        return entries
    }
}

/// One row for the ledger. Rows of the same pod, bucket, account and kind are added up.
public struct MeterEntry: Sendable, Equatable {
    public enum What: String, Sendable { case compute, storage }
    public var pod: String
    /// Its bucket's first second.
    public var bucket: Double
    /// The end of the time it is for.
    public var to: Double
    public var account: Account
    public var what: What
    /// Of the pod's time.
    public var seconds: Double
    public var usd: Double
}
