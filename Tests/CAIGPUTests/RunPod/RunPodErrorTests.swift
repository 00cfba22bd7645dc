// Owns the tests of what refusals mean: cause, words, what to do next, and no secret in any of them.
// Never asks for more than one thing.

import CAISystem
import Testing

@testable import CAIGPU

struct RunPodErrorTests {
    private typealias Fixture = RunPodFixture

    @Test(arguments: [
        (401, "missing bearer token", GPUError.Code.auth, "/home/a/.config/caid/runpod.env"),
        (403, "access denied", .auth, "no right"), (402, "insufficient balance", .balance, "add credit"),
        (404, "pod not found", .missing, "no such thing"), (409, "pod is starting", .refused, "present state"),
        (400, "mounts.persistent and mounts.network are exclusive", .refused, "breaks a rule"),
        (422, "Request validation failed.", .refused, "contract"), (405, "no", .refused, "405"),
        (410, "gone", .missing, "no such thing"), (307, "over there", .refused, "base_url"),
        (400, "There are no longer any instances available with the requested specifications.", .capacity, "free"),
        (400, "There are not enough free GPUs on the host machine to start this pod.", .capacity, "free"),
        (500, "There are not enough free GPUs on the host machine to start this pod.", .capacity, "free"),
        (400, "Your balance is too low", .balance, "add credit"),
    ]) func aRefusalHasACauseAndARemedy(status: Int, detail: String, code: GPUError.Code, words: String) async {
        let (api, _) = Fixture.v2(Fixture.problem(status, detail))
        let error = await gpuError { () throws(GPUError) in try await api.start("abc") }
        #expect(error?.code == code)
        #expect(error?.message.hasPrefix("cannot start the pod abc at RunPod: ") == true)
        #expect(error?.message.contains(words) == true)
        #expect(error?.cause?.contains(detail) == true)
    }

    @Test func aBlockedAgentIsNotABadKey() async {
        for body in ["error code: 1010", #"{"error_code":1010,"error_name":"browser_signature_banned"}"#] {
            let (api, _) = Fixture.v2(.status(403, [:], body))
            let error = await gpuError { () throws(GPUError) in try await api.pods() }
            #expect(error?.code == .auth)
            #expect(error?.message.contains("User-Agent") == true)
        }
    }

    @Test func violationsAreNamed() async {
        let errors = #", "errors": ["$: additional properties 'bogus' not allowed", "$.disk: must be at least 1"]"#
        let (api, _) = Fixture.v2(Fixture.problem(422, "Request validation failed.", errors: errors))
        let error = await gpuError { () throws(GPUError) in try await api.stop("abc") }
        #expect(error?.cause?.contains("'bogus' not allowed; $.disk: must be at least 1") == true)
    }

    @Test func tooManyRequestsSayWhenToComeBack() async {
        let (api, _) = Fixture.v2(.status(429, ["retry-after": "90"], #"{"detail": "rate limit exceeded"}"#))
        let error = await gpuError { () throws(GPUError) in try await api.pods() }
        #expect(error?.code == .rateLimited)
        #expect(error?.retryAfter == 90)
        #expect(error?.message.contains("come back in 90 s") == true)
    }

    @Test(arguments: [500, 502, 503, 504, 520, 599]) func aFailedChangeMayHaveHappened(status: Int) async {
        let (api, _) = Fixture.v2(.status(status, [:], "<html>Bad gateway</html>"))
        #expect(await gpuError { () throws(GPUError) in try await api.stop("abc") }?.code == .ambiguous)
        #expect(await gpuError { () throws(GPUError) in try await api.pod("abc") }?.code == .unreachable)
    }

    @Test func noAnswerMeansWhatWasSent() async {
        for (kind, change, read) in [
            (HTTPFailure.Kind.notSent, GPUError.Code.unreachable, GPUError.Code.unreachable),
            (.answerLost, .ambiguous, .unreachable), (.cancelled, .stopped, .stopped),
        ] {
            let (api, _) = Fixture.v2(.failure(kind))
            #expect(await gpuError { () throws(GPUError) in try await api.start("abc") }?.code == change)
            #expect(await gpuError { () throws(GPUError) in try await api.pod("abc") }?.code == read)
            let (graphQL, _) = Fixture.graphQL(.failure(kind))
            #expect(await gpuError { () throws(GPUError) in try await graphQL.stop("abc") }?.code == change)
            #expect(await gpuError { () throws(GPUError) in try await graphQL.pods() }?.code == read)
        }
    }

    @Test(arguments: [
        "", "{", "null", "[]", "\"x\"", "{}", #"{"pods": null}"#, #"{"id": "other"}"#, "<html></html>",
        String(repeating: "[", count: 100_000), #"{"id": "abc\u0000"}"#, "\u{FEFF}{}", #"{"cost": 1e999}"#,
    ]) func anAnswerThatMakesNoSenseIsNoAnswer(body: String) async {
        let (api, _) = Fixture.v2(.status(200, [:], body))
        #expect(await gpuError { () throws(GPUError) in try await api.pod("abc") }?.code == .unreachable)
        #expect(await gpuError { () throws(GPUError) in try await api.pods() }?.code == .unreachable)
        let (graphQL, _) = Fixture.graphQL(.status(200, [:], body))
        #expect(await gpuError { () throws(GPUError) in try await graphQL.pods() }?.code == .unreachable)
    }

    @Test func aCreateWhoseAnswerMakesNoSenseMayHaveMadeAPod() async {
        let spec = RunPodSpec(name: "n", gpu: "g", image: "i", volumeGB: 10)
        for body in ["", "{", "{}", #"{"id": "../x"}"#, #"{"pods": []}"#] {
            let (api, _) = Fixture.v2(.status(201, [:], body))
            #expect(await gpuError { () throws(GPUError) in try await api.create(spec) }?.code == .ambiguous)
            let (graphQL, _) = Fixture.graphQL(Fixture.data(body.isEmpty || body == "{" ? "{}" : body))
            #expect(await gpuError { () throws(GPUError) in try await graphQL.create(spec) }?.code == .ambiguous)
        }
    }

    @Test(arguments: [
        ("There are not enough free GPUs on the host machine to start this pod.", "X", GPUError.Code.capacity),
        (
            "There are no longer any instances available with the requested specifications. Please refresh.", "X",
            .capacity
        ),
        ("pod not found to terminate", "X", .missing), ("Your spend limit has been reached", "X", .balance),
        ("Something went wrong. Please try again later or contact support.", "X", .ambiguous),
        ("Unauthorized", "X", .auth), ("no", "UNAUTHENTICATED", .auth), ("no", "FORBIDDEN", .auth),
        ("Rate limit exceeded", "X", .rateLimited), ("Cannot query field x", "GRAPHQL_VALIDATION_FAILED", .refused),
        ("Variable is missing", "BAD_USER_INPUT", .refused), ("a new sentence", "X", .ambiguous),
    ]) func graphQLSaysItWithStatus200(message: String, extensionsCode: String, code: GPUError.Code) async {
        let (api, _) = Fixture.graphQL(Fixture.errors(message, code: extensionsCode))
        let error = await gpuError { () throws(GPUError) in try await api.stop("abc") }
        #expect(error?.code == code)
        #expect(error?.cause?.contains(message.prefix(20)) == true)
    }

    @Test func whatGraphQLReadsCannotBeAmbiguous() async {
        let (api, _) = Fixture.graphQL(
            Fixture.errors("Something went wrong. Please try again later or contact support."))
        #expect(await gpuError { () throws(GPUError) in try await api.pods() }?.code == .unreachable)
        let (none, _) = Fixture.graphQL(Fixture.data(#"{"pod": null}"#))
        #expect(await gpuError { () throws(GPUError) in try await none.pod("abc") }?.code == .missing)
    }

    @Test func anIdThatIsAPathGoesNowhere() async {
        let (api, script) = Fixture.v2(.status(200))
        for id in ["../billing", "a/b", "", "a?b", "a b", "ä"] {
            #expect(await gpuError { () throws(GPUError) in try await api.terminate(id) }?.code == .refused)
        }
        #expect(script.requests.isEmpty)
    }

    @Test(arguments: [
        (RunPodFixture.key, "…"), ("Bearer abc.def.ghi.jkl", "Bearer …"),
        ("missing bearer token", "missing bearer token"), ("bad token=abc123def", "bad token=…"),
        (#"{"env": {"HF_TOKEN": "hf_abcdefgh12345"}} is wrong"#, #"{"env": …} is wrong"#),
        ("HF_TOKEN=abc is set", "HF_TOKEN=… is set"), ("api_key: 'abc'", "api_key: '…'"),
        ("key hf_abcdefgh12345 seen", "key … seen"), ("a\u{1B}[2Jb\r\nc", "a [2Jb c"),
        ("no instances of NVIDIA H100 80GB HBM3 in US-KS-2", "no instances of NVIDIA H100 80GB HBM3 in US-KS-2"),
        (String(repeating: "ab12", count: 20), "…"),
    ]) func secretsAreTakenOut(text: String, clean: String) {
        #expect(RunPodWords.clean(text, key: APIKey(RunPodFixture.key, source: "x")) == clean)
    }

    @Test func aLongTextIsCutAfterItsSecretsAreOut() {
        let text = String(repeating: "word ", count: 58) + RunPodFixture.key
        let clean = RunPodWords.clean(text, key: APIKey(RunPodFixture.key, source: "x"))
        #expect(!clean.contains("rpa"))
        #expect(RunPodWords.clean(String(repeating: "word ", count: 500), key: APIKey("", source: "")).count == 301)
    }

    @Test func theKeyIsShownByNothing() {
        let settings = Fixture.settings()
        let request = HTTPRequest(url: "https://x/", headers: ["Authorization": settings.apiKey.authorization])
        var shown =
            "\(settings) \(settings.apiKey) \(request) " + String(reflecting: settings) + String(reflecting: request)
        dump(settings, to: &shown)
        dump(request, to: &shown)
        #expect(!shown.contains("MARKEDKEY"))
        #expect(settings.apiKey.authorization == "Bearer " + Fixture.key)
    }

    /// A service that answers with all it was sent, at every status, through the real client.
    @Test func noErrorHoldsTheKey() async throws {
        let server = try LoopbackServer { peer in
            var status = 400
            while let request = peer.request() {
                let echo = request.split(whereSeparator: \.isNewline).joined(separator: " ")
                    .split(separator: "\"").joined(separator: "'")
                peer.answer(
                    "\(status) \(Fixture.key)", #"{"title": "t", "detail": "\#(echo)", "errors": ["\#(echo)"]}"#)
                status += 1
            }
        }
        let settings = Fixture.settings(baseURL: server.url)
        let api = RunPodV2(Fixture.transport(CurlClient(agent: "caid/1"), settings))
        var seen = 0
        for _ in 0..<30 {
            let error = await gpuError { () throws(GPUError) in try await api.pods() }
            #expect(error != nil)
            #expect(!String(reflecting: error).contains("MARKEDKEY"))
            if error?.cause?.contains("GET /v2/pods") == true { seen += 1 }
        }
        #expect(server.requests.allSatisfy { $0.contains("Authorization: Bearer \(Fixture.key)") })
        #expect(seen > 20, "the service's words do get through")
    }
}
