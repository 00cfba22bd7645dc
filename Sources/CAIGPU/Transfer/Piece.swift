// Owns how files are cut into what one connection takes at a time: pieces of large files, bunches of small ones.
// Never decides which connection takes what.

/// A range of a file, named by its place in the list.
struct Piece: Sendable, Equatable {
    /// Bytes; a multiple of the block's size, and so small that the ends of a transfer come together.
    static let largest: Int64 = 4 << 20

    var file: Int
    var offset: Int64
    var bytes: Int64

    /// The pieces of one file.
    static func of(_ file: Int, bytes: Int64) -> [Piece] {
        stride(from: 0, to: bytes, by: Int(largest)).map {
            Piece(file: file, offset: $0, bytes: min(largest, bytes - $0))
        }
    }

    /// Bunches of pieces, in the files' order: together not larger than a piece may be, and with not too many names.
    static func bunches(_ files: [(index: Int, file: TransferFile)]) -> [[Piece]] {
        var bunches: [[Piece]] = []
        var (bytes, letters) = (Int64.max, 0)
        for (index, file) in files {
            for piece in of(index, bytes: file.bytes) {
                bytes = bytes.addingReportingOverflow(piece.bytes).overflow ? .max : bytes + piece.bytes
                letters += file.name.utf8.count + 32
                if bytes > largest || letters > 1 << 14 {
                    bunches.append([])
                    (bytes, letters) = (piece.bytes, file.name.utf8.count + 32)
                }
                bunches[bunches.count - 1].append(piece)
            }
        }
        return bunches
    }
}
