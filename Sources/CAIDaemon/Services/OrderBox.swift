// Owns the letter box between a command and the daemon: `.caid/requests/<id>.json` and `<id>.reply.json`.
// A request stays until it has been carried out, so that the daemon's death loses none; a reply until it has been read.
// Never carries anything out.

import CAISystem
import CAIWorkflow
import FoundationEssentials
import SystemPackage

/// What a person asks of the pod.
struct PodOrder: Codable, Sendable, Hashable {
    enum Verb: String, Codable { case start, stop }
    var pod: Verb
    /// To stop it over work that is going on, with a checkpoint.
    var force = false
    var at: Date
}

/// Requests and replies as files, each written whole.
struct OrderBox: Sendable {
    enum Request: Sendable, Hashable {
        case task(Order)
        case pod(PodOrder)

        var at: Date {
            switch self {
            case .task(let order): order.at
            case .pod(let order): order.at
            }
        }
    }
    let folder: FilePath
    let files: any FileOperations

    init(_ workspace: Workspace, files: any FileOperations = RealFiles()) {
        (folder, self.files) = (workspace.requests, files)
    }

    /// Leaves a request.
    /// - Returns: its id.
    func post(_ order: Order) throws -> String { try post(order.verb.rawValue, order) }

    func post(_ order: PodOrder) throws -> String { try post("pod-\(order.pod.rawValue)", order) }

    private func post(_ verb: String, _ order: some Encodable) throws -> String {
        try files.makeDirectories(folder)
        let id = "\(verb)-\(String(UInt64.random(in: .min ... .max), radix: 36))"
        try files.writeNew(request(id), bytes: try CanonicalJSON.encode(order, pretty: true), mode: .ownerReadWrite)
        return id
    }

    /// Takes an unanswered request back.
    /// - Returns: whether it was still there.
    func withdraw(_ id: String) -> Bool { (try? files.remove(request(id))) != nil }

    /// The reply, once it is there; it is taken out of the box.
    func takeReply(_ id: String) throws -> OrderReply? {
        guard try files.status(reply(id)) != nil else { return nil }
        let bytes = try files.read(reply(id))
        try? files.remove(reply(id))
        return try CanonicalJSON.decode(OrderReply.self, from: bytes)
    }

    /// What is to be done, in the order of asking. A file that is no request is answered as such.
    func requests() throws -> [(id: String, request: Request)] {
        guard try files.status(folder) != nil else { return [] }
        var found: [(id: String, request: Request)] = []
        for name in try files.list(folder) where name.hasSuffix(".json") && !name.hasSuffix(".reply.json") {
            if name.hasPrefix(".") { continue }
            let id = String(name.dropLast(".json".count))
            guard let bytes = try? files.read(folder.appending(name)) else { continue }
            if let order = try? CanonicalJSON.decode(Order.self, from: bytes) {
                found.append((id, .task(order)))
            } else if let order = try? CanonicalJSON.decode(PodOrder.self, from: bytes) {
                found.append((id, .pod(order)))
            } else {
                try answer(id, OrderReply(.unclear, "\(name) is no request that caid understands"))
            }
        }
        return found.sorted { $0.request.at < $1.request.at }
    }

    /// Answers a request and takes it out of the box.
    func answer(_ id: String, _ answer: OrderReply) throws {
        try files.writeAtomically(
            reply(id), bytes: try CanonicalJSON.encode(answer, pretty: true), mode: .ownerReadWrite)
        do { try files.remove(request(id)) } catch Errno.noSuchFileOrDirectory {}
    }

    /// Throws replies away that nobody has come for.
    func sweep(now: Date) throws {
        guard try files.status(folder) != nil else { return }
        for name in try files.list(folder) where name.hasSuffix(".reply.json") {
            let path = folder.appending(name)
            guard let status = try files.status(path) else { continue }
            if now.timeIntervalSince1970 - Double(status.modified) / 1e9 > 60 { try? files.remove(path) }
        }
    }

    private func request(_ id: String) -> FilePath { folder.appending("\(id).json") }
    private func reply(_ id: String) -> FilePath { folder.appending("\(id).reply.json") }
}
