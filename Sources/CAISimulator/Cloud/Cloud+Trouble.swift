// Owns the trouble that happens by itself, and the drawing of trouble with answers.
// Never happens to a pod of another simulator.

extension Cloud {
    /// - Returns: its number.
    func add(_ new: Trouble) async -> Int {
        let number = trouble.add(new, at: now)
        await happen()
        return number
    }

    /// Nothing more goes wrong, and what is put off is put off no longer.
    func clearTrouble() async {
        trouble.clear()
        for pod in state.pods { change(pod.id) { $0.delays.end(at: now) } }
        await happen()
    }

    var troubleListed: [(number: Int, trouble: Trouble, left: Int?)] { trouble.listed }

    func draw(_ kind: Trouble.Kind, _ effect: Trouble.Moment?, for occasion: Occasion) -> Trouble? {
        trouble.draw(kind, effect, for: occasion, at: now)
    }

    /// Lets everything happen that is due by itself. Once at a time: two ends of one pod would get in each other's way.
    func happen() async {
        while isHappening { try? await Task.sleep(for: .milliseconds(5)) }
        isHappening = true
        defer { isHappening = false }
        await carryOutEvents()
        await carryOutDelayed()
        await endWithoutBalance()
    }

    private func carryOutEvents() async {
        while let event = trouble.drawEvent(
            at: now, where: { event in event.kind == .balance || victim(of: event) != nil })
        {
            switch event.kind {
            case .balance: setBalance(event.usd ?? 0)
            case .podDeleted:
                if let pod = victim(of: event) { try? await terminate(pod.id) }
            case .podVanishes:
                guard let pod = victim(of: event) else { continue }
                switch event.outcome ?? .exited {
                case .exited: await shutDown(pod.id, .exited)
                case .error: await shutDown(pod.id, .error)
                case .gone: try? await terminate(pod.id)
                }
            case .sshdDies:
                guard let pod = victim(of: event), let process = pod.sshd?.process else { continue }
                Processes.kill(sshd: process)
                change(pod.id) { $0.delays.sshd = now + (event.seconds ?? 1) }
            default: continue
            }
        }
    }

    /// The pod that an event is about: the one it names, else any that runs.
    private func victim(of event: Trouble) -> PodRecord? {
        let fitting = state.pods.filter { event.gpu == nil || event.gpu == $0.order.gpu }
        if let named = event.pod {
            return fitting.first { $0.isNamed(named) && (event.kind == .podDeleted || $0.status.isUp) }
        }
        return fitting.first { $0.status == .running }
    }
}
