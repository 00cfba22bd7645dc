// Owns making symbolic links, which the product itself never does.

import Glibc
import SystemPackage

/// - Throws: `Errno`.
public func makeSymbolicLink(_ path: FilePath, to target: FilePath) throws {
    if symlink(target.string, path.string) != 0 { throw Errno(rawValue: errno) }
}
