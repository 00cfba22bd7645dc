// Owns the shapes of the GraphQL API.

import CAISystem
import TestSupport
import Testing

@Suite(.serialized) struct GraphQLTests {
    private static let fields = """
        id name desiredStatus costPerHr gpuCount machineId uptimeSeconds machine { gpuDisplayName podHostId }
        runtime { uptimeInSeconds ports { ip isIpPublic privatePort publicPort type }
          gpus { id gpuUtilPercent memoryUtilPercent } }
        """

    @Test func aPodIsDeployedReadStoppedResumedAndTerminated() async throws {
        let fixture = try SimulatorFixture()
        let simulator = fixture.simulator
        let made = try await simulator.graph(
            "mutation Deploy($input: PodFindAndDeployOnDemandInput!) { podFindAndDeployOnDemand(input: $input) { id name } }",
            .object([
                "input": .object([
                    "name": .string("g"), "gpuTypeId": .string("NVIDIA A100-SXM4-80GB"), "imageName": .string("x"),
                    "gpuCount": .int(1), "ports": .string("22/tcp, 8888/http"), "volumeInGb": .int(20),
                    "volumeMountPath": .string("/workspace"),
                    "env": .array([.object(["key": .string("A"), "value": .string("b")])]),
                ])
            ])
        ).json
        let id = try #require(made["data"]?["podFindAndDeployOnDemand"]?["id"]?.stringValue)
        #expect(made["data"]?["podFindAndDeployOnDemand"] == .object(["id": .string(id), "name": .string("g")]))
        _ = try await simulator.wait(for: id, "RUNNING")
        let variables: JSONValue = .object(["id": .string(id)])
        let read = "query Read($id: String!) { pod(input: {podId: $id}) { \(Self.fields) } }"
        let pod = try await simulator.graph(read, variables).json["data"]?["pod"]
        let port = try await simulator.place(of: id).port
        #expect(pod?["desiredStatus"]?.stringValue == "RUNNING")
        #expect(pod?["costPerHr"]?.doubleValue == 1.74)
        #expect(pod?["machine"]?["gpuDisplayName"]?.stringValue == "A100 SXM")
        #expect(
            pod?["runtime"]?["ports"]
                == .array([
                    .object([
                        "ip": .string("127.0.0.1"), "isIpPublic": .bool(true), "privatePort": .int(22),
                        "publicPort": .int(try #require(port)), "type": .string("tcp"),
                    ])
                ]))
        #expect(try await simulator.ssh(id, "true", key: fixture.key).status == 0)

        let stop = "mutation Stop($id: String!) { podStop(input: {podId: $id}) { id desiredStatus } }"
        let stopped = try await simulator.graph(stop, variables).json["data"]?["podStop"]
        #expect(stopped == .object(["id": .string(id), "desiredStatus": .string("EXITED")]))
        #expect(try await simulator.graph(read, variables).json["data"]?["pod"]?["runtime"] == .null)

        let resume = "mutation { podResume(input: {podId: \"\(id)\", gpuCount: 1}) { id desiredStatus costPerHr } }"
        try await simulator.trouble(#"{"kind": "no_capacity", "on": "start"}"#)
        let refused = try await simulator.graph(resume)
        #expect(refused.status == 200)
        #expect(refused.text.contains("There are not enough free GPUs on the host machine to start this pod."))
        #expect(
            try await simulator.graph(resume).json["data"]?["podResume"]?["desiredStatus"]?.stringValue == "RUNNING")

        let terminate = "mutation Terminate($id: String!) { podTerminate(input: {podId: $id}) }"
        #expect(try await simulator.graph(terminate, variables).json["data"] == .object(["podTerminate": .null]))
        #expect(try await simulator.graph(terminate, variables).text.contains("pod not found to terminate"))
        #expect(try await simulator.graph(read, variables).json["data"] == .object(["pod": .null]))
    }

    @Test func theAccountTellsBalanceSpendingAndPods() async throws {
        let fixture = try SimulatorFixture("--balance", "7.5")
        let query = "query { me: myself { clientBalance currentSpendPerHr spendLimit pods { id \(Self.fields) } } }"
        let empty = try await fixture.simulator.graph(query).json["data"]?["me"]
        #expect(empty?["clientBalance"]?.doubleValue == 7.5)
        #expect(empty?["currentSpendPerHr"]?.doubleValue == 0)
        _ = try await fixture.simulator.makePod()
        let busy = try await fixture.simulator.graph(query).json["data"]?["me"]
        #expect((busy?["currentSpendPerHr"]?.doubleValue ?? 0) > 1.74)
        #expect((busy?["clientBalance"]?.doubleValue ?? 8) < 7.5)
        guard case .array(let pods)? = busy?["pods"] else {
            Issue.record("no pods")
            return
        }
        #expect(pods.count == 1)
    }

    @Test func whatDoesNotExistIsAnError() async throws {
        let fixture = try SimulatorFixture()
        let simulator = fixture.simulator
        for wrong in [
            "query { myself { nonsense } }", "query { nobody { id } }", "query { myself }", "{ myself { id }",
            "mutation { }",
            "query { pod(input: {podId: \"x\"}) { ...All } }",
        ] {
            let answer = try await simulator.graph(wrong)
            #expect(answer.status == 400, "\(wrong)")
            #expect(answer.text.contains("\"errors\""), "\(wrong)")
        }
        let input: JSONValue = .object(["input": .object(["gpuTypeld": .string("x"), "imageName": .string("x")])])
        let misspelt = try await simulator.graph(
            "mutation D($input: I!) { podFindAndDeployOnDemand(input: $input) { id } }", input)
        #expect(misspelt.text.contains("gpuTypeld"))
    }

    @Test func aLostAnswerLooksLikeAnyOtherOne() async throws {
        let fixture = try SimulatorFixture()
        let simulator = fixture.simulator
        let pod = try await simulator.makePod()
        try await simulator.trouble(#"{"kind": "server_error", "on": "stop", "effect": "after"}"#)
        let answer = try await simulator.graph("mutation { podStop(input: {podId: \"\(pod)\"}) { id } }")
        #expect(answer.status == 200)
        #expect(answer.text.contains("Something went wrong. Please try again later"))
        #expect(try await simulator.send("GET", "/v2/pods/\(pod)").json["status"]?.stringValue == "EXITED")
    }
}
