// Owns one connection's part of a push: asking ahead what the pod has, sending what it has not, hearing that it is proven.
// Never counts anything as done before the pod has confirmed it.

import SystemPackage

struct PushLane {
    let work: PushWork
    let channel: AgentChannel

    /// What the agent still owes an answer for, in the order of asking.
    private enum Debt {
        case digests(Piece)
        case piece(Piece)
        case proof(Int)
    }

    /// The connection's own state; lost with it.
    private struct State {
        var ahead: [PushWork.Step] = []
        var debts: ArraySlice<Debt> = []
        /// Digests of what the pod has of a piece, by the piece's place.
        var digests: [Int: [Int64: [UInt8]]] = [:]
        /// Proven by this agent, and without their names yet.
        var proven: [Int] = []
    }

    func run() throws(GPUError) {
        var state = State()
        do throws(GPUError) {
            repeat {
                while try take(&state) {}
                while !state.debts.isEmpty { try settle(&state) }
                // An answer may have brought something new to do.
            } while work.hasWork
            try commit(&state)
        } catch {
            giveBack(state)
            throw error
        }
    }

    /// One step, after one more has been announced: so the agent's answer to that is on its way meanwhile.
    private func take(_ state: inout State) throws(GPUError) -> Bool {
        while state.ahead.count < 2, let step = work.next() {
            state.ahead.append(step)
            if case .send(let piece) = step, work.isWorthComparing(piece) {
                var body = FrameBody()
                body.add(work.files[piece.file])
                body.add(piece.offset, bytes: 8)
                body.add(piece.bytes, bytes: 8)
                try channel.send(.digests, body.bytes)
                state.debts.append(.digests(piece))
            }
        }
        guard let step = state.ahead.first else { return false }
        switch step {
        case .send(let piece): try send(piece, &state)
        case .prove(let index): try prove(index, &state)
        }
        state.ahead.removeFirst()
        // Answers are short, but a pipe is too: they must never make the agent wait for us.
        while state.debts.count > 2000 { try settle(&state) }
        return true
    }

    private func send(_ piece: Piece, _ state: inout State) throws(GPUError) {
        while state.debts.contains(where: { if case .digests(piece) = $0 { true } else { false } }) {
            try settle(&state)
        }
        let there = state.digests[piece.file]?.removeValue(forKey: piece.offset) ?? []
        let file = work.files[piece.file]
        let source = try work.open(piece.file)
        defer { try? source.close() }
        var here: [UInt8] = []
        if !there.isEmpty {
            do {
                here = try Blocks.digests(of: source, from: piece.offset, bytes: piece.bytes, whole: file.bytes)
            } catch { throw diskError("read \(file.name)", error) }
        }
        var body = FrameBody()
        body.add(file)
        body.add(piece.offset, bytes: 8)
        body.add(piece.bytes, bytes: 8)
        try channel.send(.put, body.bytes)
        var at = piece.offset
        let runs = there.isEmpty ? [(isSame: false, bytes: piece.bytes)] : Blocks.runs(here, there, bytes: piece.bytes)
        do throws(GPUError) {
            for run in runs {
                if run.isSame {
                    var body = FrameBody()
                    body.add(run.bytes, bytes: 8)
                    try channel.send(.same, body.bytes)
                    at += run.bytes
                    work.meter.add(done: run.bytes)
                } else {
                    try channel.send(source, from: at, bytes: run.bytes, named: file.name) { sent in
                        at += sent
                        work.meter.add(done: sent, moved: sent)
                    }
                }
            }
        } catch {
            work.meter.add(done: piece.offset - at)
            throw error
        }
        state.debts.append(.piece(piece))
    }

    private func prove(_ index: Int, _ state: inout State) throws(GPUError) {
        var body = FrameBody()
        body.add(work.files[index])
        try channel.send(.verify, body.bytes)
        state.debts.append(.proof(index))
    }

    /// Hears the answer that has been owed for longest.
    private func settle(_ state: inout State) throws(GPUError) {
        guard let debt = state.debts.first else { return }
        let reply = try channel.reply()
        state.debts.removeFirst()
        switch (debt, reply) {
        case (.digests(let piece), .success(let digests)):
            guard digests.count <= Blocks.count(piece.bytes) * Blocks.digestBytes else {
                throw channel.malformed("digests of more blocks than there are")
            }
            state.digests[piece.file, default: [:]][piece.offset] = digests
        case (.digests, .failure): break  // Then all of it is sent.
        case (.piece(let piece), .success):
            guard work.confirm(piece) else { return }
            if piece.bytes == work.files[piece.file].bytes {
                // A file in one piece was proven before it was written.
                state.proven.append(piece.file)
            } else {
                try prove(piece.file, &state)
            }
        case (.proof(let index), .success): state.proven.append(index)
        case (.piece(let piece), .failure(let refusal)):
            if refusal.reason == .wrongDigest, piece.bytes == work.files[piece.file].bytes {
                return try work.repeatAll(piece.file, refusal)
            }
            throw refusal.error("the pod cannot write \(work.files[piece.file].name)")
        case (.proof(let index), .failure(let refusal)):
            guard refusal.reason == .wrongDigest || refusal.reason == .changed else {
                throw refusal.error("the pod cannot write \(work.files[index].name)")
            }
            try work.repeatAll(index, refusal)
        }
    }

    private func commit(_ state: inout State) throws(GPUError) {
        guard !state.proven.isEmpty else { return }
        try channel.send(.commit, [])
        switch try channel.reply() {
        case .success: work.placed(state.proven)
        case .failure(let refusal): throw refusal.error("the pod cannot write to \(work.remote)")
        }
    }

    private func giveBack(_ state: State) {
        for index in state.proven { work.giveBack(.prove(index)) }
        for debt in state.debts {
            switch debt {
            case .digests: break
            case .piece(let piece):
                work.meter.add(done: -piece.bytes)
                work.giveBack(.send(piece))
            case .proof(let index): work.giveBack(.prove(index))
            }
        }
        for step in state.ahead { work.giveBack(step) }
    }
}
