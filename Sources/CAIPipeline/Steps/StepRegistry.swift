// Owns the list of step kinds: the one place where a new kind is made known.
// Never holds anything else about them.

/// Every kind of step, by the name that pipeline files use.
public enum StepRegistry {
    static let kinds: [any Step.Type] = [
        PreflightStep.self, BaselineStep.self, SFTDataStep.self, TrainSFTStep.self, EvaluateStep.self, ReportStep.self,
        RespondStep.self, CritiqueStep.self, ReviseStep.self, PairsStep.self, TrainDPOStep.self, ReviewStep.self,
    ]

    public static var names: [String] { kinds.map { $0.kind } }

    static func kind(_ name: String) -> (any Step.Type)? { kinds.first { $0.kind == name } }
}
