// Owns telling what a task will take and cost, step by step, before anything runs.
// Never starts or changes anything, and asks no machine: it knows what is done and what was measured here.

import ArgumentParser
import CAIJournal
import CAIPipeline
import CAISystem
import CAIWorkflow
import SystemPackage

struct ForecastCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "forecast",
        abstract: "Show the GPU hours and dollars a task will take, step by step, before anything runs.",
        discussion: """
            Steps that are done already (same key) cost nothing; others take what steps of their kind took here with this
            model. Where nobody can tell, it says so. Starting the pod and setting it up are not in it.

            Examples:
              caid forecast 20261121_P0_stage1.md
              caid forecast gpu/20261121_P0_stage1.md --json | jq .usd
            """)

    @Argument(help: "The task: a file, its name, its stem, or QUEUE/NAME.")
    var task: String
    @Flag(help: "The same as JSON.")
    var json = false
    @OptionGroup var options: WorkspaceOptions

    /// Money is USD, pod time in seconds; null where nobody can tell.
    struct Report: Codable, Equatable {
        struct Step: Codable, Equatable {
            var step: String
            var kind: String
            @Nullable var seconds: Double?
            @Nullable var usd: Double?
            /// `done`, `measured`, `pipeline`, `none` or `unknown`.
            var basis: TaskForecast.Basis
        }
        var task: String
        @Nullable var pipeline: String?
        @Nullable var script: String?
        var usd_per_hour: Double
        var steps: [Step]
        /// Of the steps that are known.
        var seconds: Double
        var usd: Double
        /// Whether some step is not known, so that the sums are the least that it will be.
        var is_at_least: Bool
        @Nullable var max_usd: Double?

        init(_ task: String, _ work: TaskPlanner.Work, _ forecast: TaskForecast, maxUSD: Double?) {
            (self.task, usd_per_hour) = (task, forecast.usdPerHour)
            (_pipeline, _script) = (Nullable(wrappedValue: nil), Nullable(wrappedValue: nil))
            switch work {
            case .pipeline(let plan): pipeline = plan.definition.name
            case .script(let name, _): script = name
            case .nothing: break
            }
            steps = forecast.steps.map { step in
                Step(
                    step: step.step, kind: step.kind, seconds: step.seconds,
                    usd: step.seconds.map { $0 / 3600 * forecast.usdPerHour }, basis: step.basis)
            }
            (seconds, usd, is_at_least) = (forecast.seconds, forecast.usd, !forecast.unknown.isEmpty)
            _max_usd = Nullable(wrappedValue: maxUSD)
        }
    }

    func run() async throws {
        try await reporting {
            let workspace = try options.workspace()
            let config = try options.config(workspace)
            let file = try TaskFile.find(task, workspace)
            let planner = TaskPlanner(
                workspace: workspace, config: config,
                share: try Share.find(environment: environmentVariables(), files: RealFiles()))
            let (work, maxUSD) = try planner.plan(file, journal: Journal(reading: workspace.journal))
            let report = Report(file.name, work, try .of(work, config), maxUSD: maxUSD)
            if json {
                print(String(decoding: try CanonicalJSON.encode(report, pretty: true), as: UTF8.self), terminator: "")
            } else {
                print(Self.text(report), terminator: "")
            }
        }
    }

    static func text(_ report: Report) -> String {
        guard !report.steps.isEmpty else {
            return "\(report.task) names no pipeline and no script: it takes no time of the pod\n"
        }
        let work = report.pipeline.map { "pipeline \($0)" } ?? report.script.map { "script \($0)" } ?? ""
        let head = PlainText.line("\(report.task): \(work)")
        let price = report.usd_per_hour > 0 ? "at \(USD.text(report.usd_per_hour)) an hour" : "the pod costs nothing"
        var text = "\(head), \(price)\n\n"
        text += textTable(
            ["step", "pod time", "USD", ""],
            report.steps.map { step in
                [
                    step.step, step.seconds.map(DurationWords.text) ?? "nobody can tell", step.usd.map(USD.text) ?? "",
                    step.basis.words,
                ]
            })
        let least = report.is_at_least ? "at least " : ""
        text += "\n\(least)\(DurationWords.text(report.seconds)) of pod time, \(least)\(USD.text(report.usd))\n"
        if let cap = report.max_usd, report.usd > cap {
            text += "that is more than its max_usd of \(USD.text(cap)): it will not be started\n"
        }
        return text
    }
}

extension TaskForecast.Basis {
    /// For people.
    fileprivate var words: String {
        switch self {
        case .done: "is done already"
        case .measured: "as measured here"
        case .pipeline: "by the pipeline's own figure"
        case .none: "asks nothing of the pod"
        case .unknown: "nothing of its kind has run here with this model"
        }
    }
}
