// Owns the count of what the filters kept and dropped, rule by type.
// Never holds a text.

/// What a run of filters did.
public struct FilterReport: Sendable, Equatable, Codable {
    /// Candidates kept, by type. A type of which none was kept stands with 0.
    public private(set) var kept: [String: Int] = [:]
    /// Candidates dropped: rule, then type.
    public private(set) var dropped: [String: [String: Int]] = [:]

    public init() {}

    mutating func count(type: String, droppedBy rule: String?) {
        kept[type, default: 0] += rule == nil ? 1 : 0
        if let rule { dropped[rule, default: [:]][type, default: 0] += 1 }
    }

    public var keptCount: Int { kept.values.reduce(0, +) }
    public var droppedCount: Int { dropped.values.reduce(0) { $0 + $1.values.reduce(0, +) } }
    /// Kept and dropped.
    public var candidateCount: Int { keptCount + droppedCount }

    /// Rules that dropped more than `share` of a type, in a fixed order: such a rule does not clean the data, it
    /// decides it.
    public func excessive(over share: Double = 0.5) -> [(rule: String, type: String, dropped: Int, of: Int)] {
        let totals = dropped.values.reduce(into: kept) { total, byType in
            for (type, count) in byType { total[type, default: 0] += count }
        }
        return dropped.sorted { $0.key < $1.key }.flatMap { rule, byType in
            byType.sorted { $0.key < $1.key }.compactMap { type, count in
                let total = totals[type] ?? 0
                return Double(count) > share * Double(total) ? (rule, type, count, total) : nil
            }
        }
    }
}
