// Owns the port of making a reached machine fit for jobs: worker, environment, dead-man switch.
// Never starts a job.

/// Furnishes a machine.
public protocol Bootstrap: Sendable {
    /// Makes the machine fit for jobs; quick where it is already.
    /// - Parameter say: told what is being done, for a person who waits.
    func prepare(
        _ connection: any PodConnection, _ machine: Machine, say: @escaping @Sendable (String) -> Void
    ) async throws(GPUError)
    /// Tells the machine's dead-man switch that we are alive.
    /// - Returns: what a person should know of the switch; nil where all is well, or there is none.
    @discardableResult func word(_ connection: any PodConnection) async throws(GPUError) -> String?
}
