// Owns what the tests of RunPod have in common: settings with a marked key, answers as the published pages show them.
// Never a real key.

import CAISystem
import TestSupport

@testable import CAIGPU

enum RunPodFixture {
    static let key = "rpa_MARKEDKEY0123456789ABCDEFGHIJKLMNOP"

    static func settings(
        pod: String? = nil, networkVolume: String? = nil, baseURL: String = RunPodSettings.defaultBaseURL,
        gpus: [String] = ["NVIDIA H100 80GB HBM3", "NVIDIA A100-SXM4-80GB"], maxUSDPerHour: Double = 2.69,
        api: RunPodSettings.API = .v2
    ) -> RunPodSettings {
        RunPodSettings(
            api: api, baseURL: baseURL, apiKey: APIKey(key, source: "/home/a/.config/caid/runpod.env"), pod: pod,
            networkVolume: networkVolume, gpus: gpus, image: "runpod/pytorch:1.0.2-cu1281-torch280-ubuntu2404",
            volumeGB: 200, maxUSDPerHour: maxUSDPerHour, namePrefix: "caid-0a1b2c3d")
    }

    static func transport(_ client: any HTTPClient, _ settings: RunPodSettings = settings()) -> RunPodTransport {
        RunPodTransport(client: client, settings: settings, clock: FixedClock())
    }

    static func v2(_ answers: ScriptedHTTP.Answer...) -> (RunPodV2, ScriptedHTTP) {
        let script = ScriptedHTTP(answers)
        return (RunPodV2(transport(script)), script)
    }

    static func graphQL(_ answers: ScriptedHTTP.Answer...) -> (RunPodGraphQL, ScriptedHTTP) {
        let script = ScriptedHTTP(answers)
        return (RunPodGraphQL(transport(script)), script)
    }

    /// A pod as v2 shows it, with members changed.
    static func pod(_ changes: [String: JSONValue] = [:]) throws -> String {
        let text = """
            {"id": "7h9k2m4n6p", "name": "caid-0a1b2c3d-x", "image": "runpod/pytorch:1.0.2-cu1281-torch280-ubuntu2404",
             "args": "", "disk": 50, "ports": ["8888/http", "22/tcp"], "env": {"HF_TOKEN": "hf_SECRETsecret123"},
             "registry": null, "status": "RUNNING", "actions": ["stop", "restart", "terminate"],
             "mounts": {"persistent": {"size": 200, "path": "/workspace"}},
             "gpu": {"id": "NVIDIA H100 80GB HBM3", "count": 1}, "cloud": "SECURE", "dataCenterId": "US-KS-2",
             "cudaVersion": "12.8", "ssh": {
               "proxy": {"host": "ssh.runpod.io", "port": 22, "username": "7h9k2m4n6p-64411eb2",
                         "command": "ssh 7h9k2m4n6p-64411eb2@ssh.runpod.io"},
               "direct": {"host": "195.26.233.3", "port": 34446, "username": "root",
                          "command": "ssh root@195.26.233.3 -p 34446"}},
             "template": null, "cost": 2.69, "locked": false, "globalNetworking": {"enabled": false},
             "runtime": {"uptime": 3600, "gpus": [{"util": 12, "memoryUtil": 3}, {"util": 94, "memoryUtil": 78}],
                         "ports": [{"private": 22, "public": 34446, "type": "tcp", "ip": "195.26.233.3"}]},
             "createdAt": "2026-06-01T12:00:00Z", "startedAt": "2026-06-01T12:02:00Z"}
            """
        return try changed(text, changes)
    }

    /// A pod as GraphQL shows it, with members changed.
    static func graphPod(_ changes: [String: JSONValue] = [:]) throws -> String {
        let text = """
            {"id": "7h9k2m4n6p", "name": "caid-0a1b2c3d-x", "desiredStatus": "RUNNING", "costPerHr": 2.69, "gpuCount": 2,
             "volumeInGb": 200, "machine": {"gpuDisplayName": "H100 SXM"},
             "runtime": {"uptimeInSeconds": 60, "gpus": [{"gpuUtilPercent": 7}], "ports": [
               {"ip": "100.65.3.4", "isIpPublic": false, "privatePort": 8888, "publicPort": 60001, "type": "http"},
               {"ip": "195.26.233.3", "isIpPublic": true, "privatePort": 22, "publicPort": 34446, "type": "tcp"}]}}
            """
        return try changed(text, changes)
    }

    static func problem(_ status: Int, _ detail: String, errors: String = "") -> ScriptedHTTP.Answer {
        .status(
            status, ["content-type": "application/problem+json"],
            #"{"title": "Title", "status": \#(status), "detail": "\#(detail)"\#(errors)}"#)
    }

    static func ok(_ body: String) -> ScriptedHTTP.Answer { .status(200, [:], body) }
    static func data(_ body: String) -> ScriptedHTTP.Answer { .status(200, [:], #"{"data": \#(body)}"#) }
    static func errors(_ message: String, code: String = "INTERNAL_SERVER_ERROR") -> ScriptedHTTP.Answer {
        .status(
            200, [:],
            #"{"errors": [{"message": "\#(message)", "extensions": {"code": "\#(code)"}}], "data": null}"#)
    }

    private static func changed(_ text: String, _ changes: [String: JSONValue]) throws -> String {
        let value = try CanonicalJSON.decode(JSONValue.self, from: text.utf8)
        guard case .object(let members) = value else { return text }
        let merged = JSONValue.object(members.merging(changes) { $1 })
        return String(decoding: try CanonicalJSON.encode(merged), as: UTF8.self)
    }
}

/// The error that `body` throws; nil where it throws none.
func gpuError<Value>(_ body: () async throws(GPUError) -> Value) async -> GPUError? {
    do throws(GPUError) {
        _ = try await body()
        return nil
    } catch { return error }
}
