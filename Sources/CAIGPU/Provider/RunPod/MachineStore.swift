// Owns the port through which the provider remembers which pod is ours: implemented over the journal by whoever composes the
// daemon.
// Never called after the effect it announces: a pod's name is stored before it is asked for, its id before it is waited for.

import FoundationEssentials

/// What is remembered about our pods.
public struct MachineMemory: Sendable, Equatable {
    /// A pod that was asked for, and of which nobody knows yet whether it was made.
    public struct Intent: Sendable, Equatable {
        public var name: String
        /// When it was asked for.
        public var at: Date
        /// The configured pod that it is to replace.
        public var replaces: String?

        public init(name: String, at: Date, replaces: String?) {
            (self.name, self.at, self.replaces) = (name, at, replaces)
        }
    }

    /// A pod that we made, and use.
    public struct Pod: Sendable, Equatable {
        public var id: String
        public var name: String
        /// The configured pod that it replaces; while another one is configured, this one is not in use.
        public var replaces: String?

        public init(id: String, name: String, replaces: String?) {
            (self.id, self.name, self.replaces) = (id, name, replaces)
        }
    }

    public var intent: Intent?
    public var pod: Pod?

    public init(intent: Intent? = nil, pod: Pod? = nil) { (self.intent, self.pod) = (intent, pod) }
}

/// Where our pods are written down. Each call is durable when it returns.
public protocol MachineStore: Sendable {
    func memory() throws -> MachineMemory
    /// A pod of this name is about to be asked for.
    func creating(_ intent: MachineMemory.Intent) throws
    /// It was made: the intent is settled, and this pod is the one in use from now on.
    func created(_ pod: MachineMemory.Pod) throws
    /// It was not made, for certain.
    func notCreated(_ name: String) throws
    /// The pod of this id is no more.
    func gone(_ id: String) throws
}
