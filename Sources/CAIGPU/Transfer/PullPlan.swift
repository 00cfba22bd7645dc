// Owns the look at home before a pull: what is there already, what is half there, what an older version can lend.
// Never talks with the pod.

import CAISystem
import Glibc
import SystemPackage

/// What has to come, and what it can be made from.
struct PullPlan: Sendable {
    let files: [TransferFile]
    let home: HomeFolder
    /// The files that have to come, by their place in the list.
    private(set) var wanted: [Int] = []
    /// Those whose partial file is complete and proven: only their name is missing.
    private(set) var proven: [Int] = []
    /// Where those two kinds are put together, by place in the list.
    private(set) var partials: [Int: FilePath] = [:]
    /// Older versions, by place in the list.
    private(set) var bases: [Int: FilePath] = [:]
    /// Bytes of files that are in place.
    private(set) var there: Int64 = 0
    /// Bytes of disk that the transfer will take.
    private(set) var needed: Int64 = 0

    /// Looks; makes the folders; removes what interrupted transfers of other versions left. Reads files of the right size.
    init(_ files: [TransferFile], home: HomeFolder, bases: [FilePath]) throws(GPUError) {
        (self.files, self.home) = (files, home)
        try HomeFolder.check(files)
        try home.make("")
        var folders: [String: Listing] = [:]
        for (index, file) in files.enumerated() {
            let folder = HomeFolder.folder(of: file.name)
            var listing: Listing
            if let known = folders[folder] { listing = known } else { listing = try Listing(folder, home) }
            try look(index, file, &listing, bases)
            folders[folder] = listing
        }
    }

    private mutating func look(
        _ index: Int, _ file: TransferFile, _ listing: inout Listing, _ older: [FilePath]
    ) throws(GPUError) {
        let path = home.path(of: file.name)
        let leaf = file.name.split(separator: "/").last.map(String.init) ?? ""
        if listing.names.contains(leaf) {
            let found = try home.attempt("look at \(path)") { try home.files.status(path) }
            guard found?.kind != .directory else {
                throw GPUError(.corrupt, "\(path) is a folder, and the transfer brings a file of that name")
            }
            if found?.kind == .regular {
                if found?.size == file.bytes, try proves(path, file) {
                    there += file.bytes
                    return
                }
                bases[index] = path
            }
        }
        let partial = PartialName(of: file)
        let partialPath = listing.path.appending(partial.name)
        partials[index] = partialPath
        for leftover in listing.leftovers(of: partial) {
            try home.attempt("remove \(leftover)") { try home.files.remove(listing.path.appending(leftover)) }
        }
        if bases[index] == nil {
            bases[index] = older.lazy.map { HomeFolder(path: $0).path(of: file.name) }.first {
                (try? home.files.status($0)?.kind) == .regular
            }
        }
        var allocated: Int64 = 0
        if listing.names.contains(partial.name), let open = try HomeFolder.open(partialPath) {
            defer { try? open.close() }
            let found = try home.attempt("look at \(path)") { try open.facts() }
            allocated = Int64(found.st_blocks) * 512
            if found.st_size == file.bytes, allocated >= file.bytes, try proves(partialPath, file) {
                proven.append(index)
                there += file.bytes
                return
            }
        } else if !listing.isThere {
            try home.make(listing.folder)
            listing.isThere = true
        }
        needed += max(0, file.bytes - allocated)
        wanted.append(index)
    }

    private func proves(_ path: FilePath, _ file: TransferFile) throws(GPUError) -> Bool {
        guard let open = try HomeFolder.open(path) else { return false }
        defer { try? open.close() }
        let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 20, alignment: 16)
        defer { buffer.deallocate() }
        var hash = SHA256()
        var at: Int64 = 0
        while at < file.bytes {
            if Task.isCancelled { throw GPUError(.stopped, "the transfer was stopped") }
            let count: Int
            do { count = try open.readUpTo(into: buffer, from: at) } catch { throw diskError("read \(path)", error) }
            if count == 0 { return false }
            hash.update(UnsafeRawBufferPointer(rebasing: buffer[..<count]))
            at += Int64(count)
        }
        return hash.hexDigest() == file.sha256
    }
}

/// What a folder at home holds: one look instead of one for each file.
private struct Listing {
    let folder: String
    let path: FilePath
    var isThere: Bool
    let names: Set<String>
    private let partials: [Substring: [String]]

    init(_ folder: String, _ home: HomeFolder) throws(GPUError) {
        self.folder = folder
        isThere = try home.exists(folder)
        path = folder.isEmpty ? home.path : home.path(of: folder)
        names = isThere ? Set(try home.attempt("list \(path)") { [path] in try home.files.list(path) }) : []
        partials = Dictionary(grouping: names.filter { $0.hasPrefix(".caid-") }) { $0.prefix(19) }
    }

    func leftovers(of partial: PartialName) -> [String] {
        (partials[partial.prefix[...]] ?? []).filter(partial.isLeftover)
    }
}
