// Owns `gate.json`: a step's verdict that the pipeline must not go on, kept with the artifact that shows why.
// A reused artifact brings its closed gate along. Never written where the gate is open.

import CAISystem

enum GateFile {
    static let name = "gate.json"

    private struct Content: Codable {
        var reason: String
        var unblock: String
    }

    static func write(_ gate: GateClosed, _ context: StepContext) throws {
        let content = Content(reason: gate.reason, unblock: gate.unblock)
        try context.write(name, CanonicalJSON.encode(content, pretty: true))
    }

    /// The closed gate in an artifact, if there is one.
    static func read(_ artifact: Artifact, _ files: any FileOperations) throws -> GateClosed? {
        guard artifact.manifest.files[name] != nil else { return nil }
        let content = try CanonicalJSON.decode(Content.self, from: files.read(artifact.folder.appending(name)))
        return GateClosed(reason: content.reason, unblock: content.unblock)
    }
}

/// `model.json`: which model the preflight found, so that every later key depends on it.
enum ModelFile {
    static let name = "model.json"

    static func read(_ artifact: Artifact, _ files: any FileOperations) throws -> ModelIdentity? {
        guard artifact.manifest.files[name] != nil else { return nil }
        return try CanonicalJSON.decode(ModelIdentity.self, from: files.read(artifact.folder.appending(name)))
    }
}
