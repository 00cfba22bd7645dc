// Owns the port through which a job comes by a pod that is ready: started, reached, furnished with worker and environment.
// Never knows what the job is.

import CAISystem
import SystemPackage

/// Whose work it is, for the account and for the idle stop.
public struct PodUse: Sendable, Hashable {
    /// The run, named by its task's stem.
    public var task: String
    public var step: String
    public var job: String

    public init(task: String, step: String, job: String) { (self.task, self.step, self.job) = (task, step, job) }
}

/// A pod on which jobs can be started.
public struct ReadyPod: Sendable {
    /// The machine and its boot: another one means another, perhaps empty, disk.
    public var identity: String
    /// For short commands; everything that takes long opens a connection of its own.
    public var connection: any PodConnection
    public var transfer: any Transfer

    public init(identity: String, connection: any PodConnection, transfer: any Transfer) {
        (self.identity, self.connection, self.transfer) = (identity, connection, transfer)
    }
}

/// Gives pods to jobs, and keeps them alive for as long as they are used.
public protocol PodAccess: Sendable {
    var provider: any Provider { get }
    /// USD per hour that the pod costs while it runs, as last seen.
    var hourlyPrice: Double { get }
    /// Announces work. From now on the pod is not idle.
    /// - Parameter interrupt: called where a limit of money is reached: the work has to stop with everything saved.
    /// - Throws: `.budget` where the money does not allow it.
    func begin(_ use: PodUse, interrupt: @escaping @Sendable (GPUError) -> Void) async throws(GPUError)
    /// The work is over, or nobody follows it any more.
    /// - Parameter leaving: the job runs on without us.
    func end(_ use: PodUse, leaving: Bool) async
    /// A pod that is ready; starts one, or waits for one, where none is.
    func ready(_ progress: @escaping @Sendable (String) -> Void) async throws(GPUError) -> ReadyPod
    /// The pod did not answer as it should: the next `ready` looks at it again.
    func suspect(_ pod: ReadyPod, _ error: GPUError) async
    /// A job there has said something new: whatever else is said of the pod, it lives.
    func heard(_ use: PodUse) async
    /// Whether something of a job is on the pod and not yet at home.
    func unpulled(_ use: PodUse, _ isUnpulled: Bool) async
}

extension PodAccess {
    public func heard(_ use: PodUse) async {}
}
