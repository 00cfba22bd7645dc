// Owns turning looks at a pod into money: what it cost from one look to the next, also over hours in which nobody looked.
// Never counts a second twice and never less than nothing; where it has to guess it says so, and the provider's bill corrects it
// (Reconciliation).

/// What is remembered of a pod from look to look; stands in the journal, so that the meter survives the daemon.
public struct MeterRecord: Sendable, Equatable {
    public var pod: String
    /// Up to when it is metered, in seconds since 1970.
    public var until: Double
    /// The prices at that moment, in USD per hour: 0 for computing where it did not run.
    public var usdPerHour: Double
    public var storageUSDPerHour: Double

    public init(pod: String, until: Double, usdPerHour: Double, storageUSDPerHour: Double) {
        (self.pod, self.until) = (pod, until)
        (self.usdPerHour, self.storageUSDPerHour) = (usdPerHour, storageUSDPerHour)
    }
}

/// The meter: a pure function of the last look and this one.
public enum Meter {
    /// Seconds between two looks within which it hardly matters when a state changed.
    private static let shortGap = 60.0

    /// - Parameters:
    ///   - machine: this look. Of a machine that is missing, the id still says which.
    ///   - at: when it was looked at, in seconds since 1970.
    ///   - record: what the last look at this machine left; nil at the first one.
    ///   - since: when we asked for a machine that was not there: it costs from then on. nil for one that somebody else has made:
    ///     what it cost before we came is not ours.
    /// - Returns: what to remember, and the money; no slice where no time has passed, nothing at all where there is no machine.
    public static func look(
        _ machine: Machine, at: Double, after record: MeterRecord?, since: Double? = nil
    ) -> (record: MeterRecord?, slice: MeterSlice?) {
        if record == nil, machine.id.isEmpty || machine.status == .missing { return (nil, nil) }
        let last =
            record
            ?? MeterRecord(pod: machine.id, until: min(since ?? at, at), usdPerHour: 0, storageUSDPerHour: 0)
        let now = prices(of: machine, last)
        // A clock that was set back moves nothing: those seconds are counted already.
        guard at > last.until else {
            return (
                MeterRecord(pod: last.pod, until: last.until, usdPerHour: now.compute, storageUSDPerHour: now.storage),
                nil
            )
        }
        let start = computeStart(machine, at: at, last, now.compute)
        let rate = last.usdPerHour > 0 ? last.usdPerHour : now.compute
        // What a disk costs in the other state is known at one end only.
        let disk = record == nil ? now.storage : last.storageUSDPerHour
        let changed = (last.usdPerHour > 0) != (now.compute > 0) || (now.compute > 0 && start > last.until)
        let slice = MeterSlice(
            pod: last.pod, from: last.until, to: at, computeFrom: start, computeUSD: (at - start) / 3600 * rate,
            storageUSD: (at - last.until) / 3600 * disk,
            isEstimate: changed && at - last.until > shortGap && record != nil)
        return (MeterRecord(pod: last.pod, until: at, usdPerHour: now.compute, storageUSDPerHour: now.storage), slice)
    }

    /// When computing began to cost within the gap; `at` where it did not. A pod that runs at one end of it counts as having run
    /// throughout, the dearer guess, unless its uptime says that it was started later: then it counts from there.
    private static func computeStart(
        _ machine: Machine, at: Double, _ last: MeterRecord, _ compute: Double
    ) -> Double {
        guard compute > 0 else { return last.usdPerHour > 0 ? last.until : at }
        // It is the container's: over a short gap it would only hide what booting costs.
        guard at - last.until > shortGap, machine.status == .running, let uptime = machine.uptime, uptime.isFinite,
            uptime >= 0
        else { return last.until }
        return min(at, max(last.until, at - uptime))
    }

    /// A state that says nothing, or a price that is missing, leaves the last ones standing.
    private static func prices(of machine: Machine, _ last: MeterRecord) -> (compute: Double, storage: Double) {
        func sane(_ usd: Double) -> Double { usd.isFinite ? max(0, usd) : 0 }
        let (compute, storage) = (sane(machine.usdPerHour), sane(machine.storageUSDPerHour))
        switch machine.status {
        case .running, .preparing: return (compute > 0 ? compute : last.usdPerHour, storage)
        case .unknown: return (compute > 0 ? compute : last.usdPerHour, max(storage, last.storageUSDPerHour))
        case .stopped, .failed: return (0, storage)
        case .missing: return (0, 0)
        }
    }
}
