// Owns who is let in, and what bodies are.

import CAISystem
import TestSupport
import Testing

@Suite(.serialized) struct AccessTests {
    @Test func withoutAUserAgentTheEdgeRefuses() async throws {
        let fixture = try SimulatorFixture()
        let answer = try await PlainHTTP.send(
            "GET", port: fixture.simulator.port, "/v2/pods",
            headers: ["Authorization": "Bearer \(fixture.simulator.key)"])
        #expect(answer.status == 403)
        #expect(answer.text == "error code: 1010")
    }

    @Test func aWrongKeyIsRefusedByBothAPIs() async throws {
        let fixture = try SimulatorFixture()
        #expect(try await fixture.simulator.send("GET", "/v2/pods", key: "wrong").status == 401)
        let graph = try await fixture.simulator.graph("{ myself { id } }", key: "wrong")
        #expect(graph.status == 401)
        let bare = try await PlainHTTP.send(
            "GET", port: fixture.simulator.port, "/v2/pods", headers: ["User-Agent": "caid-tests"])
        #expect(bare.status == 401)
    }

    @Test func aPodsOwnKeyReadsAndStopsThatPodOnly() async throws {
        let fixture = try SimulatorFixture()
        let simulator = fixture.simulator
        let (own, other) = (try await simulator.makePod("own"), try await simulator.makePod("other"))
        let key = try await simulator.ssh(own, "echo $RUNPOD_API_KEY", key: fixture.key).output.trimmingNewline
        #expect(key.count > 20)
        #expect(try await simulator.send("GET", "/v2/pods", key: key).status == 403)
        #expect(try await simulator.send("GET", "/v2/pods/\(own)", key: key).status == 200)
        #expect(try await simulator.send("GET", "/v2/pods/\(other)", key: key).status == 403)
        #expect(try await simulator.act("stop", on: other, key: key).status == 403)
        #expect(try await simulator.act("terminate", on: own, key: key).status == 403)
        let graph = try await simulator.graph("{ myself { clientBalance } }", key: key)
        #expect(graph.status == 403)
        #expect(try await simulator.act("stop", on: own, key: key).json["status"]?.stringValue == "EXITED")
        let all = try await simulator.send("GET", "/v2/pods").text
        #expect(!all.contains(key))
    }

    /// What the contract's schema accepts is never refused as a violation of it, and the other way round.
    @Test func theSimulatorAndTheContractAgreeAboutBodies() async throws {
        let fixture = try SimulatorFixture()
        let contract = try ContractSchema.runPod()
        let base = #""name": "a", "image": "b", "gpu": {"id": "none"}"#
        let more = [
            "", #", "bogus": 1"#, #", "disk": 0"#, #", "disk": 1.5"#, #", "disk": 20.0"#, #", "ports": ["22/tcp", 1]"#,
            #", "ports": []"#, #", "env": {"A": "b"}"#, #", "env": {"A": null}"#, #", "env": []"#,
            #", "registry": null"#,
            #", "registry": 5"#, #", "cloud": "COMMUNITY"#.appending("\""), #", "cloud": "PUBLIC""#, #", "args": """#,
            #", "mounts": {}"#, #", "mounts": {"persistent": {"size": 9, "path": "/w"}}"#,
            #", "mounts": {"persistent": {"size": 10}}"#,
            #", "mounts": {"persistent": {"size": 10, "path": "/w", "x": 1}}"#,
            #", "mounts": {"network": []}"#, #", "mounts": {"network": [{"volumeId": "v"}]}"#,
            #", "mounts": {"other": {}}"#,
            #", "mounts": {"network": [{"volumeId": "v", "path": "p"}, {"volumeId": "w", "path": "p"}]}"#,
            #", "dataCenterIds": ["x"]"#, #", "dataCenterIds": "x""#, #", "globalNetworking": true"#,
            #", "globalNetworking": "yes""#, #", "startSsh": 1"#, #", "startJupyter": false"#, #", "templateId": """#,
            #", "templateId": "t""#, #", "cpu": {"id": "c", "vcpuCount": 2}"#, #", "cpu": {"id": "c"}"#,
            #", "cpu": {"id": "c", "vcpuCount": 1}"#, #", "cpu": {"id": "c", "vcpuCount": 2, "ram": 1}"#,
            #", "locked": true"#,
        ]
        var bodies = more.map { "{\(base)\($0)}" }
        bodies += [
            "{}", #"{"name": "a"}"#, #"{"image": "b"}"#, #"{"name": "", "image": "b"}"#, #"{"name": 1, "image": "b"}"#,
            #"{"name": "a", "image": "b"}"#, #"{"name": "a", "image": "b", "gpu": {}}"#,
            #"{"name": "a", "image": "b", "gpu": {"id": "none", "count": 0}}"#,
            #"{"name": "a", "image": "b", "gpu": {"id": "none", "extra": 0}}"#,
            #"{"name": "a", "image": "b", "gpu": {"id": "none", "minCudaVersion": "12"}}"#,
            #"{"name": "a", "image": "b", "gpu": {"id": "none", "allowedCudaVersions": ["12.8", "x"]}}"#,
        ]
        for text in bodies {
            let body = try CanonicalJSON.decode(JSONValue.self, from: text.utf8)
            let answer = try await fixture.simulator.send("POST", "/v2/pods", body)
            let problems = contract.problems(requestOf: "POST", "/v2/pods", body: body)
            #expect((answer.status == 422) == !problems.isEmpty, "\(text): \(answer.text) \(problems)")
            if case .array(let errors)? = answer.json["errors"] { #expect(!errors.isEmpty) }
        }
        #expect(try await fixture.simulator.send("GET", "/v2/pods").json["pods"] == .array([]))
    }

    @Test func otherBodiesAreHeldAgainstTheContractToo() async throws {
        let fixture = try SimulatorFixture()
        let contract = try ContractSchema.runPod()
        let pod = try await fixture.simulator.makePod()
        let cases: [(String, String, String)] = [
            ("POST", "/v2/pods/\(pod)/action", #"{"action": "sleep"}"#), ("POST", "/v2/pods/\(pod)/action", "{}"),
            ("POST", "/v2/pods/\(pod)/action", #"{"action": "start", "now": true}"#),
            ("PATCH", "/v2/pods/\(pod)", #"{"name": "b"}"#), ("PATCH", "/v2/pods/\(pod)", #"{"name": ""}"#),
            ("PATCH", "/v2/pods/\(pod)", #"{"gpu": {"id": "x"}}"#), ("PATCH", "/v2/pods/\(pod)", "{}"),
            ("PUT", "/v2/account/ssh-keys", "{}"), ("PUT", "/v2/account/ssh-keys", #"{"keys": [], "more": 1}"#),
            ("PUT", "/v2/account/ssh-keys", #"{"keys": ["ssh-ed25519 AAAA me here"]}"#),
            ("PUT", "/v2/account/ssh-keys", #"{"keys": ["ssh-ed25519"]}"#),
            ("POST", "/v2/network-volumes", #"{"name": "a", "size": 9, "dataCenter": "x"}"#),
            ("POST", "/v2/network-volumes", #"{"name": "a", "size": 10, "dataCenter": "x", "type": "FAST"}"#),
            ("POST", "/v2/network-volumes", #"{"name": "a", "size": 10, "dataCenter": "x", "type": "STANDARD"}"#),
        ]
        for (method, path, text) in cases {
            let body = try CanonicalJSON.decode(JSONValue.self, from: text.utf8)
            let answer = try await fixture.simulator.send(method, path, body)
            let problems = contract.problems(requestOf: method, path, body: body)
            #expect(
                (answer.status == 422) == !problems.isEmpty, "\(method) \(path) \(text): \(answer.text) \(problems)")
        }
    }

    @Test func theCatalogShowsPricesAndWhatIsFree() async throws {
        let fixture = try SimulatorFixture()
        let simulator = fixture.simulator
        guard case .array(let gpus)? = try await simulator.send("GET", "/v2/catalog/gpus").json["gpus"] else {
            Issue.record("no GPUs")
            return
        }
        func price(_ id: String) -> Double? {
            gpus.first { $0["id"]?.stringValue == id }?["price"]?["secure"]?.doubleValue
        }
        #expect(price("NVIDIA A100-SXM4-80GB") == 1.74)
        #expect(price("NVIDIA H100 80GB HBM3") == 2.69)
        let one = "/v2/catalog/gpus/NVIDIA%20H100%2080GB%20HBM3"
        #expect(try await simulator.send("GET", one).json["availability"] == nil)
        let full = one + "?include=AVAILABILITY&product=POD"
        #expect(try await simulator.send("GET", full).json["availability"] == .string("HIGH"))
        try await simulator.trouble(#"{"kind": "no_capacity", "gpu": "NVIDIA H100 80GB HBM3", "count": 0}"#)
        #expect(try await simulator.send("GET", full).json["availability"] == .string("NONE"))
        #expect(try await simulator.send("GET", one + "?include=AVAILABILITY").status == 400)
        #expect(try await simulator.send("GET", "/v2/catalog/gpus/none").status == 404)
    }
}
