// Owns the lifecycle's memory in a test: what a journal would hold, surviving each "daemon" that uses it.
// Never forgets on its own; a crash is thrown by whoever counts the calls.

import CAIWorkflow
import FoundationEssentials
import Synchronization

/// `TaskStore` in memory. `around` is called before and after every call that stores something.
struct MemoryStore: TaskStore {
    final class Memory: Sendable {
        struct State {
            var records: [TaskRecord] = []
            var events: [String] = []
            var approvals: [String: Approval] = [:]
            /// USD by run.
            var spent: [String: Double] = [:]
        }
        let state = Mutex(State())
    }
    let memory: Memory
    var around: @Sendable () throws -> Void = {}

    init(_ memory: Memory = Memory(), around: @escaping @Sendable () throws -> Void = {}) {
        (self.memory, self.around) = (memory, around)
    }

    var records: [TaskRecord] { memory.state.withLock { $0.records } }
    var events: [String] { memory.state.withLock { $0.events } }

    private func change<Value: Sendable>(_ body: (inout Memory.State) throws -> Value) throws -> Value {
        try around()
        let value = try memory.state.withLock { try body(&$0) }
        try around()
        return value
    }

    func newest(queue: String, name: String) throws -> TaskRecord? {
        records.last { $0.queue == queue && $0.name == name }
    }

    func claiming(
        queue: String, name: String, inode: UInt64, sha256: String, again: TaskRecord?, at: Date
    ) throws -> TaskRecord {
        try change { state in
            if let again, let index = state.records.firstIndex(where: { $0.id == again.id }) {
                state.records[index].state = .claiming
                (state.records[index].inode, state.records[index].claimedAt) = (inode, at)
                state.records[index].claims += 1
                if again.state != .pending { state.records[index].ending = nil }
                return state.records[index]
            }
            let stem = TaskName(name).stem
            let twins = state.records.count { $0.name == name }
            let record = TaskRecord(
                id: Int64(state.records.count + 1), queue: queue, name: name, inode: inode,
                run: twins == 0 ? stem : "\(stem)-\(twins + 1)", state: .claiming, claimedAt: at, ending: nil)
            state.records.append(record)
            return record
        }
    }

    func forget(_ record: TaskRecord) throws {
        try set(record, .pending, ending: nil, event: "not claimed", at: record.claimedAt)
    }

    func set(_ record: TaskRecord, _ newState: RecordState, ending: TaskEnding?, event: String, at: Date) throws {
        try change { state in
            for index in state.records.indices where state.records[index].id == record.id {
                state.records[index].state = newState
                if let ending { state.records[index].ending = ending }
            }
            state.events.append(event)
        }
    }

    func remark(_ target: String, _ message: String, at: Date) throws {
        try change { $0.events.append(message) }
    }

    func spending() throws -> (totalUSD: Double, items: [RoadmapSpend]) {
        let spent = memory.state.withLock { $0.spent }
        let items = records.filter { $0.ending?.cause == .succeeded }.flatMap { record in
            spent[record.run].map { RoadmapSpend.shares(of: $0, among: record.ending?.roadmap ?? []) } ?? []
        }
        return (spent.values.reduce(0, +), items)
    }

    func returned() throws -> [TaskRecord] { records.filter { $0.state == .pending } }

    func approvals() throws -> [String: Approval] { memory.state.withLock { $0.approvals } }

    func set(_ approval: Approval?, queue: String, name: String) throws {
        try change { $0.approvals["\(queue)/\(name)"] = approval }
    }

    func unfinished() throws -> [TaskRecord] { records.filter { $0.state.isUnfinished } }
}
