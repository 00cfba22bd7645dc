// Owns: the typed front matter of a task file.
// Every key is optional; what a key means for running is its reader's business.
// Never accepts a value of the wrong shape: that sends the file to `blocked/` with the place of the value.

import CAIYAML
import FoundationEssentials

/// What a task's front matter asks for.
public struct FrontMatter: Sendable {
    /// Name of a pipeline. Never together with `script`.
    public internal(set) var pipeline: String?
    /// A path in the workspace, relative, without `..`.
    public internal(set) var script: String?
    /// What the script is given, word by word.
    public internal(set) var args: [String] = []
    /// Files and folders of the workspace that the script reads; relative, without `.`, `..` and `/` at the end.
    public internal(set) var inputs: [String] = []
    /// What the script leaves behind, relative to where it runs; likewise.
    public internal(set) var outputs: [String] = []
    /// What the script needs in order to go on after an interruption; likewise.
    public internal(set) var keep: [String] = []
    /// Variables that the script sees.
    public internal(set) var env: [String: String] = [:]
    /// The step to stop after.
    public internal(set) var until: String?
    /// Parameters of the pipeline.
    public internal(set) var with: [String: YAMLValue] = [:]
    /// Tasks that must be completed first: `name.md`, its stem, or `queue/name`.
    public internal(set) var needs: [String] = []
    public internal(set) var notBefore: Date?
    /// Cap for this task, USD, above zero.
    public internal(set) var maxUSD: Double?
    /// Above zero.
    public internal(set) var timeout: DurationText?
    /// How many more attempts after a failed one; nil: the queue's.
    public internal(set) var retries: Int?
    public internal(set) var requiresApproval = false
    /// Whether an urgent task may take the pod from one that is not.
    public internal(set) var preempts = true
    /// A program and its arguments, run without a shell; nil where nothing is to be verified.
    public internal(set) var verify: [String]?
    /// The review request that must be done and approved first.
    public internal(set) var needsReview: String?
    /// In a review request: the queue its fix tasks go to.
    public internal(set) var assignTo: String?
    /// Items of the roadmap, `heading / item`.
    public internal(set) var roadmap: [String] = []
    public internal(set) var priority: Priority?
    /// The text it was read from, to complain about a value at its place: `document.root["with"]?["n"]?.mark`.
    public internal(set) var document: YAMLDocument?

    public init() {}

    /// Keys that say something about a script, and nothing without one.
    static let ofScripts: [CodingKeys] = [.args, .inputs, .outputs, .keep, .env]

    enum CodingKeys: String, CodingKey, CaseIterable {
        case pipeline, script, args, inputs, outputs, keep, env, until, with, needs
        case notBefore = "not_before", maxUSD = "max_usd"
        case timeout, retries
        case requiresApproval = "requires_approval"
        case verify
        case needsReview = "needs_review", assignTo = "assign_to"
        case roadmap, priority
        case preempts = "preempt"
    }
}

extension FrontMatter: Decodable {
    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        func read<Rule: FieldRule>(_ rule: Rule.Type, _ key: CodingKeys) throws -> Rule.Value? {
            try container.decodeIfPresent(Checked<Rule>.self, forKey: key)?.value
        }
        pipeline = try read(PlainNameRule.self, .pipeline)
        script = try read(RelativePathRule.self, .script)
        args = try read(ArgumentsRule.self, .args) ?? []
        inputs = try read(PathListRule.self, .inputs) ?? []
        outputs = try read(PathListRule.self, .outputs) ?? []
        keep = try read(PathListRule.self, .keep) ?? []
        env = try read(VariablesRule.self, .env) ?? [:]
        until = try read(PlainNameRule.self, .until)
        with = try container.decodeIfPresent([String: YAMLValue].self, forKey: .with) ?? [:]
        needs = try read(TextListRule.self, .needs) ?? []
        notBefore = try read(InstantRule.self, .notBefore)
        maxUSD = try read(AmountRule.self, .maxUSD)
        timeout = try read(TimeoutRule.self, .timeout)
        retries = try read(CountRule.self, .retries)
        requiresApproval = try container.decodeIfPresent(Bool.self, forKey: .requiresApproval) ?? false
        preempts = try container.decodeIfPresent(Bool.self, forKey: .preempts) ?? true
        verify = try read(CommandRule.self, .verify)
        needsReview = try read(TextRule.self, .needsReview)
        assignTo = try read(PlainNameRule.self, .assignTo)
        roadmap = try read(TextListRule.self, .roadmap) ?? []
        priority = try read(PriorityRule.self, .priority)
    }
}
