// Owns the facts of `caid cost`: what was spent, on what, what costs money now and how long the rest lasts.
// Never adds up anything but the ledger's rows, so that every sum agrees with every other.

import CAIGPU
import CAIJournal
import CAIWorkflow
import FoundationEssentials

/// The money of a workspace. USD; instants are ISO 8601 in UTC.
struct CostReport: Codable, Equatable {
    struct Task: Codable, Equatable {
        struct Step: Codable, Equatable {
            var step: String
            /// Of the pod's time.
            var seconds: Double
            var usd: Double
        }
        /// A run, or `(pod)` for what no task did.
        var task: String
        var seconds: Double
        var usd: Double
        var steps: [Step]
    }
    struct Pod: Codable, Equatable {
        var pod: String
        /// In which it ran.
        var seconds: Double
        var compute_usd: Double
        var storage_usd: Double
        /// What the provider's bill added or took away.
        var correction_usd: Double
        var usd: Double
    }
    struct Day: Codable, Equatable {
        var day: String
        var usd: Double
    }
    struct Correction: Codable, Equatable {
        /// The beginning of what was compared.
        var from: String
        var pod: String
        var usd: Double
        var words: String
    }
    /// A machine that costs money, as it was last seen.
    struct Machine: Codable, Equatable {
        var pod: String
        var provider: String
        var state: String
        var usd_per_hour: Double
        var storage_usd_per_hour: Double
        var seen_at: String
    }

    var spent_usd: Double
    var budget_usd: Double
    var left_usd: Double
    /// What everything costs now, as far as it was seen.
    var usd_per_hour: Double
    /// When nothing is left at this rate.
    @Nullable var used_up_at: String?
    var machines: [Machine]
    var tasks: [Task]
    var pods: [Pod]
    var days: [Day]
    /// The newest first.
    var corrections: [Correction]

    /// - Parameter journal: nil where there is none yet.
    init(_ journal: Journal?, _ config: Config, now: Date) throws {
        let sums = try journal?.ledgerSums() ?? []
        let rented = try journal.map { try RentedMachine.all($0, config) } ?? []
        spent_usd = sums.reduce(0) { $0 + $1.usd }
        budget_usd = config.budgetUSD
        left_usd = config.budgetUSD - spent_usd
        usd_per_hour = rented.reduce(0) { $0 + $1.allUSDPerHour }
        _used_up_at = Nullable(
            wrappedValue: CAIGPU.Forecast.endOfMoney(
                spentUSD: spent_usd, budgetUSD: budget_usd, usdPerHour: usd_per_hour, now: now.timeIntervalSince1970
            ).map(Self.instant))
        machines = rented.map {
            Machine(
                pod: $0.id, provider: $0.provider, state: $0.state, usd_per_hour: $0.usdPerHour,
                storage_usd_per_hour: $0.storageUSDPerHour, seen_at: $0.seenAt.instantText)
        }
        tasks = Self.tasks(sums)
        pods = try (journal?.podSums() ?? []).map {
            Pod(
                pod: $0.pod, seconds: $0.seconds, compute_usd: $0.computeUSD, storage_usd: $0.storageUSD,
                correction_usd: $0.correctionUSD, usd: $0.computeUSD + $0.storageUSD + $0.correctionUSD)
        }
        days = try (journal?.daySums() ?? []).map { Day(day: $0.day, usd: $0.usd) }
        corrections = try (journal?.corrections(limit: 1000) ?? []).map {
            Correction(from: Self.instant($0.bucket), pod: $0.pod, usd: $0.usd, words: $0.note)
        }
    }

    /// Tasks in the order in which they first appear, each with its steps in theirs.
    private static func tasks(_ sums: [LedgerSum]) -> [Task] {
        var tasks: [Task] = []
        for sum in sums {
            let step = Task.Step(step: sum.step, seconds: sum.seconds, usd: sum.usd)
            if let index = tasks.firstIndex(where: { $0.task == sum.task }) {
                tasks[index].steps.append(step)
                tasks[index].seconds += sum.seconds
                tasks[index].usd += sum.usd
            } else {
                tasks.append(Task(task: sum.task, seconds: sum.seconds, usd: sum.usd, steps: [step]))
            }
        }
        return tasks
    }

    private static func instant(_ seconds: Double) -> String { Date(timeIntervalSince1970: seconds).instantText }
}
