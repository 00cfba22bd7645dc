// Owns how far a pipeline is and how long it will take: weights from the pipeline's file, speed from what this run has
// shown so far. A pure function of what it was told.

import CAIGPU
import CAIPipeline

/// Progress over the steps of one run.
struct ProgressEstimate: Sendable {
    private let steps: [(id: String, weight: Double)]
    private let total: Double
    /// Weight that had been done before this process worked on it: says nothing about its speed.
    private var given = 0.0
    private var done = 0.0
    private var current: (id: String, weight: Double)?

    init(_ steps: [PipelineDefinition.Step]) {
        self.steps = steps.map { ($0.id, max(0.1, $0.about_s ?? 10)) }
        total = self.steps.reduce(0) { $0 + $1.weight }
    }

    mutating func started(_ step: String) { current = steps.first { $0.id == step } }

    /// - Parameter fresh: whether the work was done now, and not found done.
    mutating func finished(fresh: Bool) {
        guard let current else { return }
        done += current.weight
        if !fresh { given += current.weight }
        self.current = nil
    }

    /// Fraction of the whole, and seconds left.
    /// - Parameters:
    ///   - inner: the running step's share, 0…1.
    ///   - elapsed: seconds since this process took the run up.
    func state(inner: Double, elapsed: Double) -> (fraction: Double, eta: Double) {
        guard total > 0 else { return (0, 0) }
        let reached = done + (current?.weight ?? 0) * min(1, max(0, inner))
        let own = reached - given
        // Before a tenth of the work is seen, the file's own figures are the better guess.
        let speed = own > total / 10 ? elapsed / own : 1
        return (min(1, reached / total), max(0, total - reached) * speed)
    }
}
