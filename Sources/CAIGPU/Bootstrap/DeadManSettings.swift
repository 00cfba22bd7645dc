// Owns what the dead-man switch of a machine goes by, in the words of its settings.json (docs/jobs.md).
// Never holds a secret: the machine has a key of its own.

/// What the dead-man switch of a machine goes by.
public struct DeadManSettings: Sendable, Codable {
    public struct Stop: Sendable, Codable {
        /// `runpod-v2`, `runpod-graphql`, `none`.
        public var kind: String
        public var base_url: String
        public var pod: String

        public init(kind: String, base_url: String, pod: String) {
            (self.kind, self.base_url, self.pod) = (kind, base_url, pod)
        }
    }
    /// Seconds without a word from us after which an idle machine stops itself.
    public var dead_man_s: Double
    /// The same for a busy one, which asks its jobs for a checkpoint before.
    public var dead_man_max_s: Double
    public var stop: Stop

    public init(dead_man_s: Double, dead_man_max_s: Double, stop: Stop) {
        (self.dead_man_s, self.dead_man_max_s, self.stop) = (dead_man_s, dead_man_max_s, stop)
    }
}
