// Owns furnishing a machine that is furnished already.

/// For this machine, whose environment whoever composes the daemon has made.
public struct NoBootstrap: Bootstrap {
    public init() {}

    public func prepare(
        _ connection: any PodConnection, _ machine: Machine, say: @escaping @Sendable (String) -> Void
    ) async throws(GPUError) {}

    public func word(_ connection: any PodConnection) async throws(GPUError) -> String? { nil }
}
