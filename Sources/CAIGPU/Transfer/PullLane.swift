// Owns one connection's part of a pull: asking ahead, so that the line is never idle, and writing what comes.
// Never accepts a byte that was not asked for.

import SystemPackage

struct PullLane {
    let work: PullWork
    let channel: AgentChannel

    /// A piece that was asked for, and what was offered for it.
    private struct Request {
        var piece: Piece
        var basis: IncomingFile.Basis?
        /// Bytes from the piece's start on whose digests the agent knows.
        var offered: Int64
    }
    private struct Question {
        var requests: [Request]
        var bytes: Int64
        var letters: Int
    }

    func run() throws(GPUError) {
        try channel.hello(work.remote, create: false)
        var asked: [Question] = []
        do throws(GPUError) {
            while true {
                // Enough to fill a long line; never so much text that the agent, which may be waiting for us to read, could not
                // take it into its pipe.
                while asked.reduce(0, { $0 + $1.bytes }) < 3 * Piece.largest,
                    asked.reduce(0, { $0 + $1.letters }) < 24_000,
                    let pieces = work.next()
                {
                    asked.append(
                        Question(requests: pieces.map { Request(piece: $0, offered: 0) }, bytes: 0, letters: 0))
                    try ask(&asked[asked.count - 1])
                }
                guard !asked.isEmpty else { return }
                while let request = asked[0].requests.first {
                    try receive(request)
                    asked[0].requests.removeFirst()
                }
                asked.removeFirst()
            }
        } catch {
            for question in asked.reversed() { work.giveBack(question.requests.map(\.piece)) }
            throw error
        }
    }

    private func ask(_ question: inout Question) throws(GPUError) {
        var body = FrameBody()
        for index in question.requests.indices {
            let piece = question.requests[index].piece
            let incoming = try work.incoming(piece.file)
            let offer = try incoming.offer(piece)
            body.add(name: incoming.file.name)
            body.add(incoming.file.bytes, bytes: 8)
            body.add(piece.offset, bytes: 8)
            body.add(piece.bytes, bytes: 8)
            body.add((offer?.digests.count ?? 0) / Blocks.digestBytes, bytes: 4)
            body.add(offer?.digests ?? [])
            question.requests[index].basis = offer?.basis
            question.requests[index].offered = min(
                piece.bytes, Int64((offer?.digests.count ?? 0) / Blocks.digestBytes) * Blocks.size)
            question.bytes += piece.bytes
        }
        question.letters = body.bytes.count
        try channel.send(.get, body.bytes)
    }

    private func receive(_ request: Request) throws(GPUError) {
        let piece = request.piece
        let incoming = try work.incoming(piece.file)
        var (at, same) = (piece.offset, Int64(0))
        let end = piece.offset + piece.bytes
        do throws(GPUError) {
            while at < end {
                let (kind, count) = try channel.next()
                switch kind {
                case .data:
                    guard count > 0, Int64(count) <= end - at else {
                        throw channel.malformed("more than was asked for")
                    }
                    try channel.take(count) { bytes throws(GPUError) in
                        try incoming.write(bytes, at: at)
                        at += Int64(bytes.count)
                        work.meter.add(done: Int64(bytes.count), moved: Int64(bytes.count))
                    }
                case .same:
                    var fields = FrameFields(try channel.body(count))
                    guard count == 8, let run = fields.number(bytes: 8), run > 0, let basis = request.basis,
                        at - piece.offset + run <= request.offered
                    else { throw channel.malformed("bytes that are the same as none") }
                    try incoming.reuse(basis, from: at, bytes: run)
                    at += run
                    same += run
                    work.meter.add(done: run)
                case .refusal:
                    throw try channel.refusal(count).error("the pod cannot send \(incoming.file.name)")
                default: throw channel.malformed("an answer of kind \(kind)")
                }
            }
        } catch {
            work.meter.add(done: piece.offset - at)
            throw error
        }
        if request.basis == .base { incoming.note(compared: request.offered, same: same) }
        try work.settle(piece.file, incoming.finish(piece))
    }
}
