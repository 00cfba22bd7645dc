// Owns the tests of what is sent: paths, bodies, variables, headers, as the published contract has them.
// Never asserts more of a query's text than what decides what it does.

import CAISystem
import FoundationEssentials
import TestSupport
import Testing

@testable import CAIGPU

struct RunPodRequestTests {
    private typealias Fixture = RunPodFixture
    private let volume = RunPodVolume(id: "vol1", sizeGB: 100, dataCenter: "US-KS-2")

    private func spec(_ volume: RunPodVolume? = nil) -> RunPodSpec {
        RunPodSpec(
            name: "caid-0a1b2c3d-x", gpu: "NVIDIA H100 80GB HBM3", image: "i:1", volumeGB: 200, networkVolume: volume)
    }

    @Test func everyRequestNamesTheKeyInItsHeaderAlone() async throws {
        let (api, script) = Fixture.v2(Fixture.ok(try Fixture.pod()))
        _ = try await api.pod("7h9k2m4n6p")
        _ = try await api.create(spec())
        for request in script.requests {
            #expect(request.headers["Authorization"] == "Bearer " + Fixture.key)
            #expect(!request.url.contains(Fixture.key) && request.json?.description.contains(Fixture.key) != true)
        }
        #expect(script.requests[1].headers["Content-Type"] == "application/json")
    }

    @Test func verbsGoWhereTheContractHasThem() async throws {
        let (api, script) = Fixture.v2(.status(200, [:], #"{"gpus": [], "records": []}"#))
        _ = try await api.start("abc")
        _ = try await api.stop("abc")
        _ = try await api.terminate("abc")
        _ = try await api.gpuTypes()
        let from = try #require(Date(instantText: "2026-11-21T00:00:00Z"))
        _ = try await api.billing(from: from, to: from.addingTimeInterval(3600))
        let sent = script.requests.map { "\($0.method.rawValue) \($0.url.dropFirst("https://api.runpod.io".count))" }
        #expect(
            sent == [
                "POST /v2/pods/abc/action", "POST /v2/pods/abc/action", "DELETE /v2/pods/abc", "GET /v2/catalog/gpus",
                "GET /v2/billing/pods?startTime=2026-11-21T00%3A00%3A00.000Z&endTime=2026-11-21T01%3A00%3A00.000Z"
                    + "&bucketSize=hour",
            ])
        #expect(script.requests[0].json == .object(["action": "start"]))
        #expect(script.requests[1].json == .object(["action": "stop"]))
        #expect(script.requests.map(\.isRepeatable) == [false, false, false, true, true])
    }

    @Test func aPodIsAskedForByTheContract() async throws {
        let (api, script) = Fixture.v2(.status(201, [:], try Fixture.pod()))
        #expect(try await api.create(spec()).id == "7h9k2m4n6p")
        let request = try #require(script.requests.first)
        #expect(request.method == .post)
        #expect(request.url == "https://api.runpod.io/v2/pods")
        #expect(!request.isRepeatable)
        #expect(
            request.json
                == .object([
                    "name": "caid-0a1b2c3d-x", "image": "i:1", "cloud": "SECURE", "disk": 20, "startSsh": true,
                    "gpu": .object(["id": "NVIDIA H100 80GB HBM3", "count": 1]), "ports": .array(["22/tcp"]),
                    "mounts": .object(["persistent": .object(["size": 200, "path": "/workspace"])]),
                ]), "no args: an empty text keeps the image from starting its sshd")
    }

    @Test func everyBodyFitsThePublishedContract() throws {
        let contract = try ContractSchema.runPod()
        for body in [RunPodV2.body(spec()), RunPodV2.body(spec(volume))] {
            #expect(contract.problems(requestOf: "POST", "/v2/pods", body: body) == [])
        }
        for action in ["start", "stop"] {
            let body = JSONValue.object(["action": .string(action)])
            #expect(contract.problems(requestOf: "POST", "/v2/pods/{id}/action", body: body) == [])
        }
    }

    @Test func aNetworkVolumeDecidesWhere() async throws {
        let body = RunPodV2.body(spec(volume))
        let mount = JSONValue.object(["volumeId": "vol1", "path": "/workspace"])
        #expect(body["mounts"] == .object(["network": .array([mount])]))
        #expect(body["dataCenterIds"] == .array(["US-KS-2"]))
        let input = RunPodGraphQL.input(spec(volume))
        #expect(input["networkVolumeId"] == "vol1")
        #expect(input["dataCenterId"] == "US-KS-2")
        #expect(input["volumeInGb"] == 0)
    }

    @Test func graphQLAlwaysUsesVariables() async throws {
        let (api, script) = Fixture.graphQL(
            Fixture.data(
                #"{"pod": \#(try Fixture.graphPod()), "podFindAndDeployOnDemand": \#(try Fixture.graphPod())}"#))
        _ = try await api.pod("7h9k2m4n6p")
        _ = try await api.create(spec())
        _ = try await api.start("7h9k2m4n6p")
        _ = try await api.stop("7h9k2m4n6p")
        _ = try await api.terminate("7h9k2m4n6p")
        for request in script.requests {
            #expect(request.url == "https://api.runpod.io/graphql")
            let query = try #require(request.json?["query"]?.stringValue)
            #expect(!query.contains("7h9k2m4n6p") && !query.contains("caid-0a1b2c3d"))
            #expect(query.hasPrefix("mutation") == !request.isRepeatable)
            // The environment is full of secrets.
            #expect(!query.contains("env"))
        }
        let sent = script.requests.compactMap { $0.json?["variables"] }
        #expect(sent[0] == .object(["podId": "7h9k2m4n6p"]))
        #expect(sent[3] == .object(["podId": "7h9k2m4n6p", "gpuCount": 2]), "as many as it has")
        let input = try #require(sent[1]["input"])
        #expect(input["gpuTypeId"] == "NVIDIA H100 80GB HBM3")
        #expect(input["ports"] == "22/tcp" && input["startSsh"] == true && input["dockerArgs"] == nil)
        #expect(input["volumeInGb"] == 200 && input["volumeMountPath"] == "/workspace")
    }

    @Test func theBaseMayBeWrittenInSeveralWays() {
        for base in [
            "https://api.runpod.io", "https://api.runpod.io/", "https://api.runpod.io/v2",
            "https://api.runpod.io/graphql/",
        ] {
            #expect(Fixture.settings(baseURL: base).baseURL == "https://api.runpod.io")
        }
    }

    @Test func theCatalogHasPricesOfRunPodsOwnMachines() async throws {
        let (api, _) = Fixture.v2(
            Fixture.ok(
                """
                {"gpus": [{"id": "A", "name": "a", "secure": true, "price": {"secure": 0.44, "community": 0.31}},
                  {"id": "B", "secure": false, "price": {"secure": 0.1}}, {"id": "C"}, {"name": "no id"}, 7]}
                """))
        #expect(
            try await api.gpuTypes() == [
                RunPodGPU(id: "A", name: "a", usdPerHour: 0.44), RunPodGPU(id: "B", name: "B", usdPerHour: nil),
                RunPodGPU(id: "C", name: "C", usdPerHour: nil),
            ])
        let (graphQL, _) = Fixture.graphQL(
            Fixture.data(#"{"gpuTypes": [{"id": "A", "displayName": "a", "secureCloud": true, "securePrice": 0.44}]}"#))
        #expect(try await graphQL.gpuTypes() == [RunPodGPU(id: "A", name: "a", usdPerHour: 0.44)])
    }

    @Test func volumesAreRead() async throws {
        let (api, script) = Fixture.v2(
            Fixture.ok(#"{"id": "vol1", "name": "v", "size": 100, "dataCenter": "US-KS-2", "type": "STANDARD"}"#))
        #expect(try await api.volume("vol1") == volume)
        #expect(script.requests.first?.url.hasSuffix("/v2/network-volumes/vol1") == true)
        let (graphQL, _) = Fixture.graphQL(
            Fixture.data(#"{"myself": {"networkVolumes": [{"id": "vol1", "size": 100, "dataCenterId": "US-KS-2"}]}}"#))
        #expect(try await graphQL.volume("vol1") == volume)
        #expect(await gpuError { () throws(GPUError) in try await graphQL.volume("vol2") }?.code == .missing)
    }

    @Test func theBalanceComesFromGraphQLWhereThereIsOne() async throws {
        let (api, script) = Fixture.v2(
            Fixture.data(#"{"myself": {"clientBalance": 12.5}}"#), .status(404), .status(410), .status(401))
        #expect(try await api.balance() == 12.5)
        #expect(script.requests.first?.url == "https://api.runpod.io/graphql")
        #expect(try await api.balance() == nil)
        #expect(try await api.balance() == nil)
        #expect(await gpuError { () throws(GPUError) in try await api.balance() }?.code == .auth)
    }

    @Test func chargesAreRead() async throws {
        let (api, _) = Fixture.v2(
            Fixture.ok(
                """
                {"records": [{"startTime": "2026-06-01T00:00:00Z", "endTime": "2026-06-01T01:00:00Z", "podId": "abc",
                  "totalAmount": 2.75, "gpuAmount": 2.69, "cpuAmount": 0, "diskAmount": 0.06},
                  {"podId": "def", "totalAmount": -1}, {"podId": "def", "totalAmount": 1, "startTime": "then"}]}
                """))
        let charges = try await api.billing(from: Date(), to: Date())
        #expect(charges.count == 1, "what makes no sense is no charge")
        #expect(charges.first?.pod == "abc")
        #expect(charges.first?.usd == 2.75 && charges.first?.diskUSD == 0.06)
        #expect(charges.first.map { $0.to.timeIntervalSince($0.from) } == 3600)
    }
}

extension JSONValue {
    fileprivate var description: String {
        (try? CanonicalJSON.encode(self)).map { String(decoding: $0, as: UTF8.self) } ?? ""
    }
}
