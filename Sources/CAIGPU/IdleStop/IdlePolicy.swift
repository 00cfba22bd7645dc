// Owns the decision whether a pod goes on running: a pure function of what goes on there, what the last look left, and now.
// Never stops a pod with work that is not here before the stated sum is spent; never takes "cannot tell" for "idle" or "busy".

/// Tells an idle pod from a busy one.
public struct IdlePolicy: Sendable {
    let settings: IdleSettings
    /// Seconds between two looks that count at most: while nobody looked, nobody tried to bring anything home.
    private static let longestGap = 120.0

    public init(_ settings: IdleSettings) { self.settings = settings }

    /// - Parameter now: seconds of a clock that does not run backwards.
    public func verdict(_ activity: PodActivity, _ state: inout IdleState, now: Double) -> IdleVerdict {
        let work = reasons(activity)
        let cameHome = activity.verifiedBytes > state.verifiedBytes
        state.verifiedBytes = max(state.verifiedBytes, activity.verifiedBytes)
        guard work.isEmpty else {
            forget(&state)
            return .busy(work + others(activity))
        }
        if !activity.unpulled.isEmpty, settings.stopsMachines {
            return kept(activity, &state, cameHome: cameHome, now: now)
        }
        guard others(activity).isEmpty else {
            forget(&state)
            return .busy(others(activity))
        }
        (state.keptAt, state.unpulledUSD) = (nil, 0)
        let since = min(state.idleSince ?? now, now)
        state.idleSince = since
        guard settings.stopsMachines else { return .idle(since: since, stopsAt: nil) }
        if activity.waitsOnlyForPeople {
            return .stopNow("everything is here, and only a person can set its tasks going again")
        }
        guard now >= since + settings.idleStop else { return .idle(since: since, stopsAt: since + settings.idleStop) }
        return .stopNow("idle for \(Words.span(settings.idleStop)), and everything is here")
    }

    /// What keeps a pod for the sake of something else than what lies on it.
    private func reasons(_ activity: PodActivity) -> [String] {
        var reasons: [String] = []
        func add(_ names: [String], _ words: String) {
            if !names.isEmpty { reasons.append("\(words) \(Words.list(names))") }
        }
        add(activity.runningJobs, "running")
        add(activity.setups, "being set up:")
        add(activity.runnableTasks, "next:")
        add(activity.people, "logged in:")
        if let percent = activity.gpuPercent, percent.isFinite, percent >= settings.gpuThreshold {
            let stranger =
                reasons.isEmpty ? " though none of our jobs runs; if that is nothing, `caid pod stop` stops it" : ""
            reasons.append("its GPU is at \(Int(min(percent, 100).rounded()))%\(stranger)")
        }
        return reasons
    }

    private func others(_ activity: PodActivity) -> [String] {
        (activity.transfers.isEmpty ? [] : ["transferring \(Words.list(activity.transfers))"])
            + (activity.unpulled.isEmpty ? [] : ["not here yet: \(Words.list(activity.unpulled))"])
    }

    /// A transfer does not stop the count: one that fails again and again would look busy for ever.
    private func kept(
        _ activity: PodActivity, _ state: inout IdleState, cameHome: Bool, now: Double
    ) -> IdleVerdict {
        state.idleSince = nil
        let gap = min(max(0, now - (state.keptAt ?? now)), Self.longestGap)
        state.unpulledUSD = cameHome ? 0 : state.unpulledUSD + gap / 3600 * max(0, activity.usdPerHour)
        state.keptAt = max(now, state.keptAt ?? now)
        guard state.unpulledUSD >= settings.unpulledMaxUSD, state.unpulledUSD > 0 else {
            return .keptForUnpulled(
                names: activity.unpulled, spentUSD: state.unpulledUSD, ceilingUSD: settings.unpulledMaxUSD)
        }
        return .stopWithLoss(names: activity.unpulled, spentUSD: state.unpulledUSD)
    }

    private func forget(_ state: inout IdleState) {
        (state.idleSince, state.keptAt, state.unpulledUSD) = (nil, nil, 0)
    }
}
