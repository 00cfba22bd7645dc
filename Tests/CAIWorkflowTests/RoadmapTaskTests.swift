// Owns: the task file that is made from a box of the roadmap, and that nothing in the roadmap can shape its header.
// Never submits it.

import Foundation
import Testing

@testable import CAIWorkflow

@Suite struct RoadmapTaskTests {
    private let instant = Date(timeIntervalSince1970: 1_795_224_600)

    private func make(_ text: String, _ reference: String) throws -> (task: RoadmapTask, text: String) {
        let task = try RoadmapTask.make(for: reference, in: Array(text.utf8), at: instant)
        return (task, String(decoding: task.bytes, as: UTF8.self))
    }

    @Test func anItemWithItsBullets() throws {
        let text = """
            ## Milestone 3 ⏳ DOING
            **Purpose**: never copied
            ### Sample 📋 NEW
            - [ ] **Generate** sample data (50 of `sft.py`,
              ~$1-2)
              - With full provenance
                - and seeds
              - [x] Controls
              ```
              - no bullet
              ```

              1. Check it
            - [ ] Next

            **Why**: never copied
            """
        let (task, file) = try make(text, "Milestone 3 / Generate")
        #expect(
            file == """
                ---
                roadmap: ["Sample / Generate sample data (50 of sft.py, ~$1-2)"]
                ---
                # Task: Generate sample data (50 of sft.py, ~$1-2)

                **Source**: ROADMAP.md, line 4

                ## Success Criteria

                - [ ] With full provenance
                  - [ ] and seeds
                - [x] Controls
                - [ ] Check it

                """)
        #expect(task.name.hasSuffix("_P2_generate_sample_data_50_of_sft_py_1_2.md"))
        let document = try TaskDocument.parse(task.bytes, name: task.name, file: task.name)
        #expect(document.title == "Generate sample data (50 of sft.py, ~$1-2)")
        #expect(document.priority == .p2 && document.name.isClaimable && document.name.stamp?.count == 15)
        #expect(document.header.source == "ROADMAP.md, line 4")
        #expect(
            RoadmapRewriter.tick(Array(text.utf8), document.frontMatter.roadmap, on: "2026-11-21").ticked.map(\.line)
                == [4])
    }

    @Test func withoutBulletsThereAreNoCriteria() throws {
        #expect(
            try make("## M\n- [ ] a\n\nprose\n", "M / a").text
                == "---\nroadmap: [\"M / a\"]\n---\n# Task: a\n\n**Source**: ROADMAP.md, line 2\n")
    }

    @Test(arguments: [
        "say \"hi\" \\ there", "a: b # c", "x\u{1B}[31m\u{202E}y", "]\u{85}\u{2028}pipeline: m0", "--- {[%@`|>",
        "ünï 测试 👩\u{200D}🔬 \u{FFFE}",
        "# not a heading", "<!-- open", "``` open", "CON", "../../etc/passwd", "✅ 📋 DONE x / y",
    ])
    func textOfAnItemShapesNothing(_ text: String) throws {
        let roadmap = Array("## H: \"q\" \\ 📋\n- [ ] other\n- [ ] \(text)\n  - see \(text)\n".utf8)
        let item = Roadmap.parse(roadmap).items[1]
        let reference = Roadmap.parse(roadmap).name(of: item)
        let task = try RoadmapTask.make(for: reference, in: roadmap, at: instant)
        let document = try TaskDocument.parse(task.bytes, name: task.name, file: task.name)
        #expect(document.frontMatter.document?.root.pairs.map(\.key) == ["roadmap"])
        #expect(document.name.isClaimable && !task.name.contains("/") && task.name.utf8.allSatisfy { $0 < 0x80 })
        let scan = FrontMatterBlock.find(in: task.bytes)
        guard case .found(let block) = scan else {
            Issue.record("no front matter")
            return
        }
        let lines = LineScanner.scan(task.bytes, from: block.bodyStart, firstLine: block.bodyLine)
        #expect(lines.compactMap { $0.heading?.level } == [1, 2])
        #expect(lines.count == 7 && lines.allSatisfy { $0.region == .text })
        #expect(lines.count { $0.checkbox != nil } == 1)
        #expect(RoadmapRewriter.tick(roadmap, document.frontMatter.roadmap, on: "2026-11-21").ticked.map(\.line) == [3])
    }

    @Test func whereTheNearestHeadingIsNotEnoughTheReferenceStays() throws {
        let text = "## A\n### S\n- [ ] x\n## B\n### S\n- [ ] x\n"
        #expect(try make(text, "B / x").text.contains("roadmap: [\"B / x\"]"))
    }

    @Test func anItemThatCannotBeDoneIsRefused() {
        func problem(_ reference: String) -> RoadmapProblem? {
            do { _ = try make("## M\n- [x] done\n- [ ] one\n- [ ] one\n", reference) } catch {
                return error as? RoadmapProblem
            }
            return nil
        }
        #expect(problem("M / done") == .alreadyTicked(RoadmapCandidate(name: "M / done", line: 2)))
        #expect(problem("M / one")?.message.contains("\"M / one\" (line 3)") == true)
        #expect(problem("M / onee")?.message.contains("nearest: \"M / one\" (line 3)") == true)
        #expect(problem("nonsense") == .malformedReference("nonsense"))
    }

    @Test func longTextIsCut() throws {
        let (task, text) = try make("## M\n- [ ] " + String(repeating: "word ", count: 5000), "M / word word")
        #expect(task.name.utf8.count < 100)
        #expect(text.split(separator: "\n").first { $0.hasPrefix("# Task") }.map { $0.count < 300 } == true)
        #expect(try TaskDocument.parse(task.bytes, name: task.name, file: task.name).frontMatter.roadmap.count == 1)
    }
}
