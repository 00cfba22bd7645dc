// Owns our end of the conversation with a transfer agent: frames, bounded, and what an agent may say of an error.
// Never trusts a length, and never holds more of an answer than one frame. pod/caid_worker/transfer/ is the other end.

import FoundationEssentials
import SystemPackage

/// The letters of the frames, as the agent's documentation lists them.
enum FrameKind: UInt8 {
    case hello = 0x48
    case get = 0x47
    case survey = 0x53
    case digests = 0x44
    case put = 0x50
    case verify = 0x56
    case commit = 0x43
    case answer = 0x61
    case data = 0x64
    case same = 0x73
    case refusal = 0x65
    case beat = 0x6b
}

/// What an agent says where it cannot do what it was asked for.
struct Refusal: Error {
    enum Reason: UInt8, Sendable {
        /// A file is not there, or not as it was.
        case changed = 1
        case noSpace = 2
        case badName = 3
        case disk = 4
        case wrongDigest = 5
    }
    var reason: Reason
    var words: String

    func error(_ what: String) -> GPUError {
        let code: GPUError.Code =
            switch reason {
            case .changed, .badName, .wrongDigest: .corrupt
            case .noSpace: .noSpace
            case .disk: .unreachable
            }
        return GPUError(code, what, cause: words)
    }
}

/// A conversation with an agent; used on the connection's thread alone.
final class AgentChannel {
    static let version = 1
    /// Bytes of a frame's body.
    static let limit = 1 << 20
    /// Signs of life during one answer: at one in five seconds more than a day. A pod that only ever says that it lives is not
    /// waited for without end.
    private static let mostBeats = 20_000

    private let stream: any CommandStream
    private let pace: Pace
    private let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 18, alignment: 16)
    private var (start, end) = (0, 0)
    /// What waits to be sent: less than `enough` between two calls, with room for a piece of a file.
    private let outgoing = UnsafeMutableRawBufferPointer.allocate(byteCount: enough + pieceOfFile + 16, alignment: 16)
    private var waiting = 0
    /// The folder whose opening is not answered yet.
    private var greeted: FilePath?
    private static let enough = 1 << 17
    private static let pieceOfFile = 1 << 18

    init(_ stream: any CommandStream, pace: Pace) { (self.stream, self.pace) = (stream, pace) }

    deinit {
        buffer.deallocate()
        outgoing.deallocate()
    }

    /// Opens the conversation about a folder on the pod. The answer is heard before that to the first request, for which nobody
    /// has to wait: a round trip less.
    func hello(_ folder: FilePath, create: Bool) throws(GPUError) {
        var body = FrameBody()
        body.add(Self.version, bytes: 4)
        body.add(create ? 1 : 0, bytes: 1)
        body.add(name: folder.string)
        try send(.hello, body.bytes)
        greeted = folder
    }

    private func hearHello() throws(GPUError) {
        guard let folder = greeted else { return }
        greeted = nil
        if case .failure(let refusal) = try reply() {
            throw refusal.error("cannot open the folder \(folder) on the pod")
        }
    }

    // MARK: to the agent

    /// Sends a frame, at the latest before the next is awaited.
    func send(_ kind: FrameKind, _ body: [UInt8]) throws(GPUError) {
        header(kind, body.count)
        let room = UnsafeMutableRawBufferPointer(rebasing: outgoing[waiting...])
        if body.count <= room.count {
            room.copyBytes(from: body)
            waiting += body.count
            try flush(unless: Self.enough)
        } else {
            try flush()
            let written = body.withUnsafeBytes { bytes in Result { () throws(GPUError) in try stream.write(bytes) } }
            try written.get()
        }
    }

    /// Sends bytes of a file as data.
    /// - Parameter sent: called with the number of bytes that have gone.
    func send(
        _ file: FileDescriptor, from offset: Int64, bytes: Int64, named name: String, sent: (Int64) -> Void
    ) throws(GPUError) {
        let end = offset + bytes
        var offset = offset
        while offset < end {
            let count = Int(min(Int64(Self.pieceOfFile), end - offset))
            header(.data, count)
            let piece = UnsafeMutableRawBufferPointer(rebasing: outgoing[waiting..<waiting + count])
            do { try file.readWhole(into: piece, from: offset) } catch {
                throw GPUError(.corrupt, "\(name) changed while it was sent; run again", cause: "\(error)")
            }
            waiting += count
            try flush(unless: Self.enough)
            try pace.take(count)
            offset += Int64(count)
            sent(Int64(count))
        }
    }

    func flush() throws(GPUError) { try flush(unless: 1) }

    private func flush(unless least: Int) throws(GPUError) {
        guard waiting >= least else { return }
        try stream.write(UnsafeRawBufferPointer(rebasing: outgoing[..<waiting]))
        waiting = 0
    }

    private func header(_ kind: FrameKind, _ count: Int) {
        outgoing.storeBytes(of: UInt32(count).bigEndian, toByteOffset: waiting, as: UInt32.self)
        outgoing[waiting + 4] = kind.rawValue
        waiting += 5
    }

    // MARK: from the agent

    /// The next frame's kind and length; its body has to be taken next.
    func next() throws(GPUError) -> (kind: FrameKind, bytes: Int) {
        try hearHello()
        try fill(5)
        let count = Int(UInt32(bigEndian: buffer.loadUnaligned(fromByteOffset: start, as: UInt32.self)))
        let letter = buffer[start + 4]
        start += 5
        guard let kind = FrameKind(rawValue: letter), count <= Self.limit else {
            throw malformed("a frame \(letter) of \(count) bytes")
        }
        return (kind, count)
    }

    /// A whole body.
    func body(_ count: Int) throws(GPUError) -> [UInt8] {
        var body: [UInt8] = []
        body.reserveCapacity(count)
        try take(count) { body += $0 }
        return body
    }

    /// A body in the pieces in which it comes.
    func take(_ count: Int, _ each: (UnsafeRawBufferPointer) throws(GPUError) -> Void) throws(GPUError) {
        var count = count
        while count > 0 {
            try fill(1)
            let piece = min(count, end - start)
            try each(UnsafeRawBufferPointer(rebasing: buffer[start..<start + piece]))
            start += piece
            count -= piece
        }
    }

    /// The answer to a request that may take long.
    func reply() throws(GPUError) -> Result<[UInt8], Refusal> {
        try flush()
        for _ in 0..<Self.mostBeats {
            let (kind, count) = try next()
            switch kind {
            case .answer: return .success(try body(count))
            case .refusal: return .failure(try refusal(count))
            case .beat where count == 0: continue
            default: throw malformed("an answer of kind \(kind)")
            }
        }
        throw malformed("no answer, but endless signs of life")
    }

    /// An error's body.
    func refusal(_ count: Int) throws(GPUError) -> Refusal {
        let bytes = try body(count)
        guard let first = bytes.first, let reason = Refusal.Reason(rawValue: first), count <= 1000 else {
            throw malformed("an error that is none")
        }
        // Shown to people: nothing in it may move a cursor or start a line.
        let words = String(decoding: bytes.dropFirst(), as: UTF8.self).unicodeScalars.filter {
            $0.properties.generalCategory != .control && $0.properties.generalCategory != .format
        }
        return Refusal(reason: reason, words: String(String.UnicodeScalarView(words)))
    }

    func malformed(_ what: String) -> GPUError {
        GPUError(.corrupt, "the pod's transfer agent does not keep to the protocol", cause: what)
    }

    /// Makes so many bytes available, which fit into the buffer.
    private func fill(_ count: Int) throws(GPUError) {
        guard end - start < count else { return }
        try flush()
        if start > 0 {
            buffer.copyMemory(from: UnsafeRawBufferPointer(rebasing: buffer[start..<end]))
            (start, end) = (0, end - start)
        }
        while end < count {
            let got = try stream.read(into: UnsafeMutableRawBufferPointer(rebasing: buffer[end...]))
            guard got > 0 else { throw GPUError(.unreachable, "the pod's transfer agent has ended too early") }
            end += got
            try pace.take(got)
        }
    }
}
