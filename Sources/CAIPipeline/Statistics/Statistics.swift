// Owns the namespace of the statistical functions and the interval they return.
// Every function here is pure. Never reads a file, never rounds for display, never decides what a number means.

/// The statistics of the pipeline: a function a file, named by the method's published name.
///
/// Arguments outside a function's stated domain are a programming error of the caller; `StatsLine` is the checked door
/// for arguments that come from outside.
public enum Statistics {
    /// A closed interval of a proportion or of a difference of proportions.
    public struct Interval: Sendable, Equatable {
        public let low: Double
        public let high: Double

        public init(low: Double, high: Double) {
            self.low = low
            self.high = high
        }
    }
}
