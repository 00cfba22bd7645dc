// Owns which machines cost money now, as far as the journal knows: what was last seen of each, and what is not looked after.
// Never asks a provider, so it can only say what was seen and when.

import CAIJournal
import CAIWorkflow
import FoundationEssentials

/// A machine with a price. USD per hour.
struct RentedMachine: Sendable, Equatable {
    var id: String
    var provider: String
    var state: String
    var usdPerHour: Double
    var storageUSDPerHour: Double
    var seenAt: Date

    var allUSDPerHour: Double { usdPerHour + storageUSDPerHour }

    /// `abc123 (runpod) was last seen running at 2026-11-21T01:30:00.000Z, at $2.72 an hour`
    var words: String {
        "\(id) (\(provider)) was last seen \(state) at \(seenAt.instantText), at \(USD.text(allUSDPerHour)) an hour"
    }

    /// All that may cost money now. Of hosts that a person named, only the one that is in use: nobody here stops counting
    /// another one's hours.
    static func all(_ journal: Journal, _ config: Config) throws -> [RentedMachine] {
        let rows = try journal.livingMachines().filter { $0.usdPerHour + $0.storageUSDPerHour > 0 }
        let hosts = rows.filter { $0.provider == ConfigFile.Provider.ssh.rawValue }
        let host = config.provider == .ssh ? hosts.max { $0.meteredUntil ?? 0 < $1.meteredUntil ?? 0 } : nil
        return rows.filter { $0.provider != ConfigFile.Provider.ssh.rawValue || $0.name == host?.name }.compactMap {
            guard let id = $0.id else { return nil }
            return RentedMachine(
                id: id, provider: $0.provider, state: $0.state ?? "unknown", usdPerHour: $0.usdPerHour,
                storageUSDPerHour: $0.storageUSDPerHour,
                seenAt: Date(timeIntervalSince1970: $0.meteredUntil ?? $0.askedAt))
        }
    }
}
