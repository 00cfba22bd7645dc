// Owns the way from the product's own files to what is sent to a pod: the worker's sources and data, the locks, the maker of
// the environment.
// Never takes a test, a cache, a link, or whatever else may lie beside them.

import CAIGPU
import CAISystem
import SystemPackage

enum WorkerFiles {
    /// In the order in which `bootstrap.py` hashes them.
    private static let locks = ["requirements.lock", "torch-cpu.lock", "torch-default.lock"]

    /// - Throws: `UsageError` where a file is missing or no text.
    static func bundle(_ share: Share, files: any FileOperations) throws -> WorkerBundle {
        let package = share.pod.appending("caid_worker")
        let sources = try files.files(below: package).filter { name in
            let parts = name.split(separator: "/")
            return (name.hasSuffix(".py") || name.hasSuffix(".json"))
                && !parts.contains { $0 == "__pycache__" || $0 == "tests" || $0.hasPrefix(".") }
        }
        guard sources.contains("__main__.py") else {
            throw UsageError("the worker is not in \(package); install caid anew")
        }
        var texts: [String: String] = [:]
        for name in sources.map({ "caid_worker/\($0)" }) + ["bootstrap.py"] + locks {
            texts[name] = try text(share.pod.appending(FilePath(name).components), files)
        }
        let joined = locks.compactMap { texts[$0] }.joined()
        return WorkerBundle(
            files: texts, unpacker: try text(share.pod.appending("unpack.py"), files),
            environment: String(SHA256.hex(of: joined).prefix(12)))
    }

    private static func text(_ path: FilePath, _ files: any FileOperations) throws -> String {
        let bytes: [UInt8]
        do { bytes = try files.read(path) } catch { throw UsageError("cannot read \(path), which pods need: \(error)") }
        guard let text = String(validating: bytes, as: UTF8.self) else { throw UsageError("\(path) is not text") }
        return text
    }
}
