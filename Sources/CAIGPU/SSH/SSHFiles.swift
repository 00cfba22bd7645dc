// Owns small files over a connection: a piece of one read, one written whole, a folder made. By programs every machine has;
// paths are passed as arguments, never as part of a script.
// Never follows a link in the last component of what is read, and never leaves half a file under its name.

import SystemPackage

extension SSHConnection {
    /// Seconds without a byte after which a file is given up.
    private static let patience = 30.0

    public nonisolated func read(
        _ path: FilePath, from offset: Int64, limit: Int
    ) async throws(GPUError) -> [UInt8] {
        guard limit > 0 else { return [] }
        let script = """
            if [ ! -e "$1" ] && [ ! -L "$1" ]; then exit 0; fi
            if [ ! -f "$1" ] || [ -L "$1" ]; then echo "$1 is not a regular file" >&2; exit 1; fi
            exec < "$1" || exit 1
            tail -c "+$2" | head -c "$3"
            """
        let command = ["sh", "-c", script, "sh", path.string, "\(max(0, offset) + 1)", "\(limit)"]
        return try await converse(command, patience: Self.patience) { stream throws(GPUError) in
            try stream.finishWriting()
            var bytes: [UInt8] = []
            let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 16, alignment: 16)
            defer { buffer.deallocate() }
            while case let count = try stream.read(into: buffer), count > 0 {
                guard bytes.count + count <= limit else {
                    throw GPUError(.corrupt, "the pod sent more of \(path) than was asked for")
                }
                bytes += UnsafeRawBufferPointer(rebasing: buffer[..<count])
            }
            return bytes
        }
    }

    public nonisolated func makeFolder(_ path: FilePath) async throws(GPUError) {
        let result = try await run(["mkdir", "-p", "--", path.string], deadline: Self.patience)
        guard result.status == 0 else { throw Self.failure("mkdir", result.status, result.errors) }
    }

    public nonisolated func upload(bytes: [UInt8], to path: FilePath) async throws(GPUError) {
        // The end of the input is also what a lost connection looks like, so the size decides whether this was all.
        let script = """
            trap 'rm -f "$2"' EXIT
            cat > "$2" && [ "$(wc -c < "$2")" -eq "$3" ] && sync "$2" && mv -fT -- "$2" "$1" && sync "${1%/*}/"
            """
        let temporary = path.removingLastComponent().appending(".caid-\(UInt64.random(in: 0 ... .max)).tmp")
        let command = ["sh", "-c", script, "sh", path.string, temporary.string, "\(bytes.count)"]
        try await converse(command, patience: Self.patience) { stream throws(GPUError) in
            try bytes.withUnsafeBufferPointer { bytes throws(GPUError) in
                try stream.write(UnsafeRawBufferPointer(bytes))
            }
            try stream.finishWriting()
        }
    }
}
