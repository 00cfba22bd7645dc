// Owns the list of behaviours that a pod has, whatever provider it comes from. Each is shown on all three by the same lines.
// Never asks which provider it is; only what it can do.

import Testing

/// Connections and transfers. One after another: each test has machines of its own, and they share this one's processors.
@Suite(.serialized) struct ConformanceTests {}
