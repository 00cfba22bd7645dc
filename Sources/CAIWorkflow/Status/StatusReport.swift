// Owns the facts that every status file shows, in the shape of `status.json` (version 1).
// Never reads anything; it is filled in from the folders, the journal and the clock.

/// `status.json` and `caid status --json`. Instants are ISO 8601 in UTC; money is USD.
public struct StatusReport: Sendable, Codable, Hashable {
    public struct Daemon: Sendable, Codable, Hashable {
        public var running: Bool
        @Nullable public var pid: Int?
        @Nullable public var last_scan: String?

        public init(running: Bool, pid: Int?, last_scan: String?) {
            (self.running, self.pid, self.last_scan) = (running, pid, last_scan)
        }
    }
    public struct Pending: Sendable, Codable, Hashable {
        public var file: String
        public var priority: String
        public var title: String
        /// Why it is not running.
        public var why: String

        public init(file: String, priority: String, title: String, why: String) {
            (self.file, self.priority, self.title, self.why) = (file, priority, title, why)
        }
    }
    public struct InProgress: Sendable, Codable, Hashable {
        public var file: String
        public var priority: String
        @Nullable public var step: String?
        /// What the step is doing, in words.
        @Nullable public var phase: String?
        /// 0…1 of the whole task.
        @Nullable public var fraction: Double?
        /// Seconds left.
        @Nullable public var eta_s: Double?

        public init(
            file: String, priority: String, step: String?, phase: String?, fraction: Double?, eta_s: Double?
        ) {
            (self.file, self.priority, self.step) = (file, priority, step)
            (self.phase, self.fraction, self.eta_s) = (phase, fraction, eta_s)
        }
    }
    public struct Blocked: Sendable, Codable, Hashable {
        public var file: String
        public var reason: String

        public init(file: String, reason: String) { (self.file, self.reason) = (file, reason) }
    }
    public struct Queue: Sendable, Codable, Hashable {
        public var name: String
        public var pending: [Pending]
        public var in_progress: [InProgress]
        public var blocked: [Blocked]
        public var completed: Int

        public init(
            name: String, pending: [Pending], in_progress: [InProgress], blocked: [Blocked], completed: Int
        ) {
            (self.name, self.pending, self.in_progress) = (name, pending, in_progress)
            (self.blocked, self.completed) = (blocked, completed)
        }
    }
    public struct Reviewer: Sendable, Codable, Hashable {
        public var name: String
        public var pending: [String]
        public var in_progress: [String]
        public var blocked: [String]
        public var done: Int

        public init(name: String, pending: [String], in_progress: [String], blocked: [String], done: Int) {
            (self.name, self.pending, self.in_progress) = (name, pending, in_progress)
            (self.blocked, self.done) = (blocked, done)
        }
    }
    public struct Pod: Sendable, Codable, Hashable {
        public var provider: String
        public var state: String
        @Nullable public var idle_since: String?
        @Nullable public var stops_at: String?

        public init(provider: String, state: String, idle_since: String?, stops_at: String?) {
            (self.provider, self.state) = (provider, state)
            (self.idle_since, self.stops_at) = (idle_since, stops_at)
        }
    }
    public struct Money: Sendable, Codable, Hashable {
        public var spent_usd: Double
        public var budget_usd: Double

        public init(spent_usd: Double, budget_usd: Double) {
            (self.spent_usd, self.budget_usd) = (spent_usd, budget_usd)
        }
    }

    public var version = 1
    public var at: String
    public var daemon: Daemon
    public var queues: [Queue]
    public var reviews: [Reviewer]
    public var pod: Pod
    public var money: Money

    public init(
        at: String, daemon: Daemon, queues: [Queue], reviews: [Reviewer], pod: Pod, money: Money
    ) {
        (self.at, self.daemon, self.queues, self.reviews) = (at, daemon, queues, reviews)
        (self.pod, self.money) = (pod, money)
    }
}

/// An optional that is written as `null`, so that a program finds every key.
@propertyWrapper
public struct Nullable<Value: Codable & Sendable & Hashable>: Codable, Sendable, Hashable {
    public var wrappedValue: Value?

    public init(wrappedValue: Value?) { self.wrappedValue = wrappedValue }

    public init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        wrappedValue = container.decodeNil() ? nil : try container.decode(Value.self)
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        if let wrappedValue { try container.encode(wrappedValue) } else { try container.encodeNil() }
    }
}

/// What a task's step took, for the budget page.
public struct StepCost: Sendable, Hashable {
    public var task: String
    public var step: String
    public var seconds: Double
    public var usd: Double

    public init(task: String, step: String, seconds: Double, usd: Double) {
        (self.task, self.step, self.seconds, self.usd) = (task, step, seconds, usd)
    }
}

/// Something that happened, for "recent changes".
public struct Happening: Sendable, Hashable {
    public var at: String
    public var target: String
    public var message: String

    public init(at: String, target: String, message: String) {
        (self.at, self.target, self.message) = (at, target, message)
    }
}

/// A pending task that only a person can set going.
public struct StuckTask: Sendable, Hashable {
    public var file: String
    public var queue: String
    public var why: String

    public init(file: String, queue: String, why: String) { (self.file, self.queue, self.why) = (file, queue, why) }
}
