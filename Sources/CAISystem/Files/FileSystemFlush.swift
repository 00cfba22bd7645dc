// Owns making everything durable that was written to one file system: one call in the place of thousands of fsyncs.
// Never waits for other disks.

import CLinux
import Glibc
import SystemPackage

/// Flushing of a whole file system.
public enum FileSystemFlush {
    /// Everything written so far to the file system of `folder` is on its disk when this returns.
    /// - Throws: `Errno`, also where something that was written before could not be kept.
    public static func flush(_ folder: FilePath) throws {
        let descriptor = try FileDescriptor.open(folder, .readOnly, options: [.directory, .closeOnExec])
        try descriptor.closeAfter {
            guard clinux_sync_file_system(descriptor.rawValue) == 0 else { throw Errno(rawValue: errno) }
        }
    }
}
