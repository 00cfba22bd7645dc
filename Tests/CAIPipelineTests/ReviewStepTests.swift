// The gate that a review opens, with a desk that answers as it is told and remembers what it was asked.

import CAISystem
import CAIYAML
import Foundation
import Synchronization
import SystemPackage
import Testing

@testable import CAIPipeline

/// Answers every question alike.
final class FixedDesk: ReviewDesk {
    private let state: Mutex<(answer: ReviewAnswer, asked: [ReviewQuestion])>

    init(_ answer: ReviewAnswer = .waiting(request: "r.md", why: "nobody reviews here")) { state = Mutex((answer, [])) }

    var asked: [ReviewQuestion] { state.withLock { $0.asked } }

    func answer(_ answer: ReviewAnswer) { state.withLock { $0.answer = answer } }

    func ask(_ question: ReviewQuestion) throws -> ReviewAnswer {
        state.withLock { state in
            state.asked.append(question)
            return state.answer
        }
    }
}

@Suite("The review step")
struct ReviewStepTests {
    private static let pipeline = """
        name: judged
        title: A judged one
        parameters: {reviewers: [codex, gemini], ask: "Is the machine fit?"}
        steps:
          - {id: preflight, kind: preflight}
          - {id: judgement, kind: review}
        """
    private let root = FilePath(
        FileManager.default.temporaryDirectory.appending(path: "review-\(UUID().uuidString)").path)

    private func perform(_ desk: FixedDesk, revision: String = "1") async throws -> [Artifact] {
        let run = PipelineRun(
            definition: try PipelineDefinition(yaml: Array(Self.pipeline.utf8), file: "judged.yaml"), run: "one",
            until: nil, parameters: [:], profile: "none", store: ArtifactStore(root: root, files: RealFiles()),
            material: PipelineMaterial(world: [], constitution: []),
            model: TableModel(revision: revision, answer: { _ in "" }), desk: desk, circumstances: { [:] })
        return try await run.perform(started: { _ in }, finished: { _ in })
    }

    @Test("the pipeline waits until the review is answered, and goes on from there when it is approved")
    func waitsAndGoesOn() async throws {
        defer { try? RealFiles().removeTree(root) }
        let desk = FixedDesk(.waiting(request: "one_judgement.md", why: "codex has not answered"))
        let pending = await #expect(throws: ReviewPending.self) { try await perform(desk) }
        #expect(pending?.request == "one_judgement.md" && pending?.reason.contains("codex has not answered") == true)
        let question = try #require(desk.asked.first)
        #expect(question.run == "one" && question.step == "judgement" && question.reviewers == ["codex", "gemini"])
        #expect(question.artifacts.map(\.headline) == ["machine fit, model table (0 parameters)"])

        desk.answer(.approved(request: "one_judgement.md", why: "both approved"))
        let artifacts = try await perform(desk)
        #expect(artifacts.map(\.manifest.step) == ["preflight", "judgement"])
        #expect(artifacts[1].manifest.headline == "review one_judgement.md approved")
        #expect(desk.asked.map(\.fingerprint) == [question.fingerprint, question.fingerprint], "the same question")
        _ = try await perform(desk)
        #expect(desk.asked.count == 2, "an approval for the same artifacts is not asked for again")
    }

    @Test("what is not approved closes the gate each time, until it is approved")
    func notApproved() async throws {
        defer { try? RealFiles().removeTree(root) }
        let desk = FixedDesk(.notApproved(request: "r.md", why: "codex: No-Go"))
        for _ in 1...2 {
            let gate = await #expect(throws: GateClosed.self) { try await perform(desk) }
            #expect(gate?.reason == "the review r.md is not approved: codex: No-Go")
        }
        desk.answer(.approved(request: "r.md", why: "mended"))
        #expect(try await perform(desk).count == 2)
    }

    @Test("an approval of other artifacts is none: what was made anew is asked about anew")
    func otherArtifacts() async throws {
        defer { try? RealFiles().removeTree(root) }
        let desk = FixedDesk(.approved(request: "r.md", why: "fine"))
        _ = try await perform(desk)
        try RealFiles().removeTree(root.appending("judged").appending("one").appending("preflight"))
        _ = try await perform(desk, revision: "2")
        #expect(desk.asked.count == 2 && desk.asked[0].fingerprint != desk.asked[1].fingerprint)
    }
}
