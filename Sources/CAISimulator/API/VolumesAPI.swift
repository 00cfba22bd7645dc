// Owns network volumes, as far as pods need them: they are made, listed, changed and deleted, and cost nothing here.
// Never deletes one that a pod still mounts.

import CAISystem

extension NetworkVolume {
    var reply: JSONValue {
        .object([
            "id": .string(id), "name": .string(name), "size": .int(size), "dataCenter": .string(dataCenter),
            "type": .string(type),
        ])
    }
}

extension Cloud {
    func volume(_ id: String) throws(Problem) -> NetworkVolume {
        guard let volume = state.volumes.first(where: { $0.id == id }) else { throw .missing("network volume") }
        return volume
    }

    func createVolume(_ bytes: [UInt8]) throws(Problem) -> NetworkVolume {
        var body = try RequestBody(bytes)
        for name in ["name", "size", "dataCenter"] { body.require(name) }
        let (name, size) = (body.string("name", atLeast: 1), body.int("size", 10...4096))
        let center = body.string("dataCenter", atLeast: 1)
        let type = body.word("type", of: ["STANDARD", "HIGH_PERFORMANCE"])
        try body.finish()
        let volume = NetworkVolume(
            id: Self.name(10), name: name ?? "", size: size ?? 10, dataCenter: center ?? "", type: type ?? "STANDARD")
        do {
            try RealFiles().makeDirectories(folder.networkVolume(volume.id))
        } catch {
            throw Problem(500, "the volume cannot be made: \(error)")
        }
        state.volumes.append(volume)
        save()
        return volume
    }

    func updateVolume(_ id: String, _ bytes: [UInt8]) throws(Problem) -> NetworkVolume {
        var volume = try volume(id)
        var body = try RequestBody(bytes)
        if body.isEmpty { throw .invalid(["$: at least one property is required"]) }
        let (name, size) = (body.string("name", atLeast: 1), body.int("size", 10...4096))
        try body.finish()
        if let size, size < volume.size { throw .bad("a volume cannot become smaller") }
        (volume.name, volume.size) = (name ?? volume.name, size ?? volume.size)
        if let index = state.volumes.firstIndex(where: { $0.id == id }) { state.volumes[index] = volume }
        save()
        return volume
    }

    func deleteVolume(_ id: String) throws(Problem) {
        _ = try volume(id)
        if state.pods.contains(where: { $0.networkVolume == id }) { throw .bad("a pod still mounts the volume") }
        try? RealFiles().removeTree(folder.networkVolume(id))
        state.volumes.removeAll { $0.id == id }
        save()
    }
}
