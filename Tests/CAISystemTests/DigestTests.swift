// Owns the tests of SHA-256: the standard's vectors, bytes and files alike.

import CAISystem
import SystemPackage
import TestSupport
import Testing

struct DigestTests {
    @Test(arguments: [
        ("", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
        ("abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
        (
            "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
            "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"
        ),
    ])
    func standardVectors(text: String, digest: String) throws {
        let folder = try TemporaryFolder()
        let path = try folder.write(text, to: "file")
        #expect(SHA256.hex(of: text) == digest)
        #expect(SHA256.hex(of: Array(text.utf8)) == digest)
        // No contiguous storage.
        #expect(SHA256.hex(of: AnyCollection(text.utf8)) == digest)
        #expect(try SHA256.hex(ofFile: path) == digest)
    }

    @Test func aMillionLettersInPieces() throws {
        let expected = "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0"
        var hash = SHA256()
        let piece = [UInt8](repeating: UInt8(ascii: "a"), count: 1000)
        for _ in 0..<1000 { piece.withUnsafeBytes { hash.update($0) } }
        #expect(hash.hexDigest() == expected)
    }

    @Test func aFileThatDoesNotFitTheBuffer() throws {
        let folder = try TemporaryFolder()
        let bytes = (0..<(1 << 20) + 4097).map { UInt8(truncatingIfNeeded: $0 &* 31) }
        try RealFiles().writeAtomically(folder["big"], bytes: bytes)
        #expect(try SHA256.hex(ofFile: folder["big"]) == SHA256.hex(of: bytes))
    }

    @Test func filesThatCannotBeHashedSaySo() throws {
        let folder = try TemporaryFolder()
        #expect(throws: Errno.noSuchFileOrDirectory) { try SHA256.hex(ofFile: folder["none"]) }
        #expect(throws: Errno.isDirectory) { try SHA256.hex(ofFile: folder.path) }
        let target = try folder.write("secret", to: "target")
        try makeSymbolicLink(folder["link"], to: target)
        #expect(throws: Errno.tooManySymbolicLinkLevels) { try SHA256.hex(ofFile: folder["link"]) }
    }

    @Test func hexadecimalHasTwoDigitsAByte() {
        #expect([0, 1, 15, 16, 255].map(UInt8.init).lowercaseHex == "00010f10ff")
    }
}
