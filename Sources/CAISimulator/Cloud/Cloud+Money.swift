// Owns what the account's meter says, and what happens when nothing is left.
// Never estimates: everything is the sum of the pods' own meters.

extension Cloud {
    /// Every pod that ever was, with its meter.
    var meters: [FormerPod] {
        state.pods.map { FormerPod(id: $0.id, name: $0.order.name, meter: $0.meter) } + state.former
    }

    func use(of pod: FormerPod, from start: Double = 0, to end: Double) -> Use {
        pod.meter.use(from: start, to: end, scale: settings.timeScale)
    }

    var total: Use { meters.reduce(Use()) { $0 + use(of: $1, to: now) } }

    /// USD.
    var balance: Double { state.credit - total.usd }

    /// USD per hour, of billed time.
    var spendPerHour: Double { state.pods.reduce(0) { $0 + $1.rates.compute + $1.rates.storage } }

    func setBalance(_ usd: Double) {
        state.credit = total.usd + usd
        save()
    }

    /// With nothing left, pods are stopped, and those without a network volume are lost.
    func endWithoutBalance() async {
        guard balance <= 0 else { return }
        for pod in state.pods {
            if pod.networkVolume == nil {
                try? await terminate(pod.id)
            } else if pod.status.isUp {
                await shutDown(pod.id, .exited)
            }
        }
    }
}
