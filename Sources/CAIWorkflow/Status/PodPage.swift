// Owns `POD_STATUS.md`: what a person wants to know of the pod, and in which order.
// Never shows a secret, nor a countdown: instants stay instants.

/// The pod beyond what `status.json` says. Instants are ISO 8601 in UTC, prices USD.
public struct PodPage: Sendable, Hashable {
    /// What is safe of one job.
    public struct Checkpoint: Sendable, Hashable {
        public var task: String
        public var step: String
        /// Its number at home; nil while there is none.
        public var seq: Int?
        /// When it came home.
        public var at: String?
        /// Seconds, at the time of the page, of work that is not in it.
        public var atRisk: Double

        public init(task: String, step: String, seq: Int?, at: String?, atRisk: Double) {
            (self.task, self.step, self.seq, self.at, self.atRisk) = (task, step, seq, at, atRisk)
        }
    }

    /// The provider's name for the machine; empty while there is none.
    public var machine = ""
    /// Since when it is in its state.
    public var since: String?
    public var gpu: String?
    public var usdPerHour = 0.0
    public var storageUSDPerHour = 0.0
    /// `host:port`.
    public var endpoint: String?
    /// Whether it goes on running and why, in words.
    public var verdict: String?
    /// What is on the pod alone.
    public var unpulled: [String] = []
    /// One for each running job.
    public var checkpoints: [Checkpoint] = []
    public var warnings: [String] = []
    /// Machines on the account that nobody owns, in words.
    public var strays: [String] = []
    /// The one thing for a person to do; nil where it follows from the rest.
    public var next: String?

    public init() {}
}

extension StatusPages {
    /// The pod in two lines for a terminal: state, price and when it stops; then what is made of that.
    public var podSummary: String {
        let page = podPage ?? PodPage()
        let facts = [
            report.pod.provider, report.pod.state, clean(page.machine), price(page) ?? "",
            report.pod.stops_at.map { "stops at \($0)" } ?? "",
        ]
        let verdict = page.verdict.map { "\n  \(clean($0))" } ?? ""
        return "pod: " + facts.filter { !$0.isEmpty }.joined(separator: ", ") + verdict + "\n"
    }

    var pod: String {
        var text =
            heartbeat + "\n| | |\n|---|---|\n| Provider | \(report.pod.provider) |\n| State | \(report.pod.state) |\n"
        func row(_ name: String, _ value: String?) {
            if let value, !value.isEmpty { text += "| \(name) | \(value) |\n" }
        }
        let page = podPage ?? PodPage()
        row("Since", page.since)
        row("Machine", page.machine.isEmpty ? nil : quoted(page.machine))
        row("GPU", page.gpu.map(cell))
        row("Price", price(page))
        row("SSH", page.endpoint.map(quoted))
        row("Verdict", page.verdict.map(cell))
        row("Idle since", report.pod.idle_since)
        row("Stops at", report.pod.stops_at)
        row("Not here yet", page.unpulled.prefix(20).map(quoted).joined(separator: ", "))
        if report.pod.provider == "local" {
            text += "\nThis machine is the pod: it costs nothing and is never stopped.\n"
        }
        text += checkpointTable(page.checkpoints)
        if !page.warnings.isEmpty { text += section("Warnings", page.warnings.map(clean), none: "") }
        if !page.strays.isEmpty { text += section("Pods that nobody owns", page.strays.map(clean), none: "") }
        return podPage == nil ? text : text + "\n**Next**: \(clean(page.next ?? nextAction(page)))\n"
    }

    private func price(_ page: PodPage) -> String? {
        guard page.usdPerHour > 0 || page.storageUSDPerHour > 0 else { return nil }
        let disk = page.storageUSDPerHour > 0 ? ", and its disk \(money(page.storageUSDPerHour * 24)) a day" : ""
        return "\(money(page.usdPerHour)) an hour\(disk)"
    }

    private func checkpointTable(_ checkpoints: [PodPage.Checkpoint]) -> String {
        guard !checkpoints.isEmpty else { return "" }
        var text = "\n### Checkpoints here\n\n| Task | Step | Newest here | Came home | Work that is not in it |\n"
        text += "|---|---|---|---|---|\n"
        for one in checkpoints {
            let seq = one.seq.map { "\($0)" } ?? "none yet"
            text += "| \(quoted(one.task)) | \(cell(one.step)) | \(seq) | \(one.at ?? "") "
            text += "| \(DurationWords.text(one.atRisk)) |\n"
        }
        return text
    }

    private func nextAction(_ page: PodPage) -> String {
        if !report.daemon.running {
            return page.usdPerHour > 0
                ? "the pod costs money and nobody looks after it: start the daemon with `caid run`, or `caid pod stop`."
                : "start the daemon with `caid run`."
        }
        if !page.unpulled.isEmpty, report.pod.state == "stopped" {
            return "`caid pod start`, so that what is not here yet can be brought home."
        }
        if !page.strays.isEmpty { return "look at the pods that nobody owns; what is not yours to keep costs money." }
        return page.warnings.isEmpty ? "nothing." : "see the first warning."
    }
}
