// Owns the proof that the check against the contract checks something.

import CAISystem
import TestSupport
import Testing

@Suite struct ContractSchemaTests {
    let contract: ContractSchema

    init() throws { contract = try ContractSchema.runPod() }

    private func create(_ text: String) throws -> [String] {
        contract.problems(
            requestOf: "POST", "/v2/pods", body: try CanonicalJSON.decode(JSONValue.self, from: text.utf8))
    }

    @Test func everyExampleOfTheContractFitsItsOwnSchema() {
        let examples = contract.examples
        #expect(examples.count > 20)
        for example in examples { #expect(contract.problems(example.value, example.schema) == [], "\(example.place)") }
    }

    @Test func whatTheContractForbidsIsFound() throws {
        let good = #"{"name": "a", "image": "b", "gpu": {"id": "c"}}"#
        #expect(try create(good) == [])
        #expect(
            try create(good.replacing("{\"name\"", with: "{\"bogus\": 1, \"name\"")) == ["$: 'bogus' is not allowed"])
        #expect(try create(good.replacing("\"a\"", with: "\"\"")) == ["$.name: too short"])
        #expect(try create(#"{"image": "b"}"#) == ["$: 'name' is missing"])
        #expect(try create(#"{"name": "a"}"#) == ["$: 'image' is missing"])
        #expect(try create(#"{"name": "a", "templateId": "t"}"#) == [])
        #expect(try create(good.replacing("\"c\"", with: "\"c\", \"count\": 0")) == ["$.gpu.count: is below 1.0"])
        #expect(try create(good.replacing("\"c\"", with: "\"c\", \"cout\": 1")) == ["$.gpu: 'cout' is not allowed"])
        #expect(try create(good.replacing("\"b\"", with: "\"b\", \"env\": {\"A\": 1}")) == ["$.env.A: must be string"])
        #expect(try create(good.replacing("\"b\"", with: "\"b\", \"registry\": null")) == [])
        #expect(try create(good.replacing("\"b\"", with: "\"b\", \"cloud\": \"secure\"")).count == 1)
        #expect(try create(good.replacing("\"c\"", with: "\"c\", \"minCudaVersion\": \"12\"")).count == 1)
        let network = #""b", "mounts": {"network": [{"volumeId": "v", "path": "p"}, {"volumeId": "w", "path": "p"}]}"#
        #expect(try create(good.replacing("\"b\"", with: network)) == ["$.mounts.network: too many items"])
    }

    @Test func aReplyIsHeldAgainstItsStatusAndItsContentType() {
        let problem = Array(#"{"title": "Conflict", "status": 409, "detail": "no"}"#.utf8)
        func problems(_ method: String, _ path: String, _ status: Int, _ type: String, _ body: [UInt8]) -> [String] {
            contract.problems(replyTo: method, path, status: status, type: type, body: body)
        }
        #expect(problems("POST", "/v2/pods/x/action", 409, "application/problem+json", problem) == [])
        #expect(problems("POST", "/v2/pods/x/action", 409, "application/json", problem).count == 1)
        #expect(problems("GET", "/v2/pods/x", 404, "application/problem+json", Array("{}".utf8)).count == 3)
        #expect(problems("DELETE", "/v2/pods/x", 204, "application/json", problem) == ["status 204 has no body"])
        #expect(problems("GET", "/v2/elsewhere", 200, "application/json", problem).count == 1)
    }

    @Test func anInstantIsAskedForWhereOneBelongs() throws {
        let schema = try CanonicalJSON.decode(
            JSONValue.self, from: #"{"type": ["string", "null"], "format": "date-time"}"#.utf8)
        #expect(contract.problems(.string("2026-11-21T10:00:00.123Z"), schema) == [])
        #expect(contract.problems(.null, schema) == [])
        #expect(contract.problems(.string("yesterday"), schema).count == 1)
        #expect(contract.problems(.int(5), schema) == ["$: must be string or null"])
    }

    @Test func aKeywordThatIsNotKnownIsAnError() throws {
        let schema = try CanonicalJSON.decode(JSONValue.self, from: #"{"multipleOf": 2}"#.utf8)
        #expect(contract.problems(.int(4), schema) == ["$: the keyword 'multipleOf' is not known here"])
    }
}
