// Owns what a report says about a run beyond its figures: model, settings, counts, time, money.
// Never computes any of it.

/// The facts of a run, as the one who ran it knows them.
public struct RunFacts: Sendable, Equatable {
    public var pipeline: String
    public var run: String
    public var model: String
    public var modelRevision: String
    /// SHA-256 of the held-out set.
    public var heldOutSHA256: String
    public var seed: Int
    /// Examples in a few-shot prompt.
    public var shots: Int
    public var hyperparameters: [Setting]
    public var counts: [Setting]
    /// Seconds of the run's steps; nil where not known.
    public var seconds: Double?
    /// Cost in USD; nil where not known.
    public var usd: Double?
    public var filterReport: FilterReport?
    /// One command that does it all again.
    public var reproduce: String

    /// A named value; they are shown in the order given.
    public struct Setting: Sendable, Equatable {
        public let name: String
        public let value: String

        public init(_ name: String, _ value: String) {
            self.name = name
            self.value = value
        }
    }

    public init(
        pipeline: String, run: String, model: String, modelRevision: String, heldOutSHA256: String, seed: Int,
        shots: Int, hyperparameters: [Setting], counts: [Setting], seconds: Double? = nil, usd: Double? = nil,
        filterReport: FilterReport? = nil, reproduce: String
    ) {
        self.pipeline = pipeline
        self.run = run
        self.model = model
        self.modelRevision = modelRevision
        self.heldOutSHA256 = heldOutSHA256
        self.seed = seed
        self.shots = shots
        self.hyperparameters = hyperparameters
        self.counts = counts
        self.seconds = seconds
        self.usd = usd
        self.filterReport = filterReport
        self.reproduce = reproduce
    }
}
