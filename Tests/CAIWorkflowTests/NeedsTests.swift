// Owns the tests of what `needs` comes to: met, on its way, or stuck until a person acts, and in which words.

import CAIWorkflow
import Testing

struct NeedsTests {
    private func waiting(_ needs: String, on shelves: Shelves = Shelves(), pending: [Candidate] = []) -> Waiting? {
        let candidates = [candidate("a.md", header: "needs: [\(needs)]")] + pending
        return shelves.needs(candidates).waiting("gpu/a.md")
    }

    @Test func aTaskWithoutNeedsWaitsForNone() {
        #expect(Shelves().needs([candidate("a.md")]).waiting("gpu/a.md") == nil)
        #expect(Shelves().needs([]).waiting("gpu/nobody's.md") == nil)
    }

    @Test func needsAreNamesStemsOrQueueAndName() {
        let all: Set = ["gpu/x.md", "cpu/y.md", "other/z.md", "other/w.md", "reviews/r.md"]
        let needs = "x.md, y, other/z.md, other/w"
        #expect(waiting(needs, on: Shelves(completed: all)) == nil)
        for (missing, word) in [
            ("gpu/x.md", "x.md"), ("cpu/y.md", "y"), ("other/z.md", "other/z.md"), ("other/w.md", "other/w"),
        ] {
            var shelves = Shelves(running: [missing], completed: all)
            shelves.completed.remove(missing)
            #expect(waiting(needs, on: shelves) == .condition("waiting for \(word), which is running"))
        }
    }

    @Test func theTaskOfThatNameInAnotherQueueIsAnotherTask() {
        let reason = waiting("other/z", on: Shelves(completed: ["gpu/z.md"]))
        #expect(reason?.reason.contains("no such task in the queue other") == true)
        #expect(waiting("z", on: Shelves(completed: ["other/z.md"])) == nil, "any queue will do without a name for it")
    }

    @Test func eachPlaceHasItsWords() {
        #expect(waiting("x", pending: [candidate("x.md")]) == .condition("waiting for x to be completed"))
        #expect(waiting("x", on: Shelves(running: ["gpu/x.md"])) == .condition("waiting for x, which is running"))
        #expect(
            waiting("cpu/x", on: Shelves(blocked: ["cpu/x.md"]))
                == .person("waiting for cpu/x, which is blocked: its last lines in cpu/blocked/ say why"))
        #expect(
            waiting("x.md", on: Shelves(cancelled: ["cpu/x.md"]))
                == .person(
                    "needs x.md, which is cancelled: take it out of `needs`, or move that file to pending/"))
        #expect(
            waiting("missing.md")
                == .person(
                    "needs missing.md, but there is no such task in any queue: put it into pending/, or mend `needs`"))
    }

    @Test func completedOnceIsCompletedHoweverOftenItIsAskedForAgain() {
        let shelves = Shelves(blocked: ["gpu/x.md"], completed: ["gpu/x.md"], cancelled: ["gpu/x.md"])
        #expect(waiting("x", on: shelves, pending: [candidate("x.md")]) == nil)
    }

    @Test func whatIsOnItsWayCountsBeforeWhatIsStuck() {
        let shelves = Shelves(running: ["cpu/x.md"], blocked: ["gpu/x.md"], cancelled: ["gpu/x.md"])
        #expect(waiting("x", on: shelves)?.reason == "waiting for x, which is running")
        #expect(
            waiting("x", on: Shelves(blocked: ["cpu/x.md"]), pending: [candidate("x.md")])
                == .condition("waiting for x to be completed"))
    }

    @Test func oneThatIsStuckMakesTheTaskWaitForAPerson() {
        let reason = waiting(
            "x, y, done", on: Shelves(blocked: ["gpu/y.md"], completed: ["gpu/done.md"]), pending: [candidate("x.md")])
        #expect(
            reason
                == .person(
                    "waiting for x to be completed; waiting for y, which is blocked: its last lines in gpu/blocked/ say why"
                ))
    }

    @Test(arguments: ["20251004_stgae1.md", "20251004_stgae1", "gpu/20251004_stgae1", "20251004-stage1"])
    func theNearestNameIsSuggested(need: String) {
        let place = need.contains("/") ? "in the queue gpu" : "in any queue"
        let words = "needs \(need), but there is no such task \(place); did you mean 20251004_stage1.md? Mend `needs`"
        #expect(waiting(need, on: Shelves(completed: ["gpu/20251004_stage1.md"])) == .person(words))
        #expect(waiting(need, pending: [candidate("20251004_stage1.md")]) == .person(words))
        #expect(waiting(need, on: Shelves(completed: ["gpu/quite_different.md"]))?.reason.contains("did you") == false)
    }

    private func ring(_ needs: [String: String], completed: Set<String> = []) -> [String: Waiting] {
        let candidates = needs.sorted { $0.key < $1.key }.map {
            candidate("\($0.key).md", header: "needs: [\($0.value)]")
        }
        let found = Shelves(completed: completed).needs(candidates)
        return Dictionary(
            uniqueKeysWithValues: needs.keys.compactMap { key in found.waiting("gpu/\(key).md").map { (key, $0) } })
    }

    @Test func whoWaitsForItselfIsTold() {
        let end = "; take one of these `needs` out of its header"
        #expect(ring(["a": "a"]) == ["a": .person("waits for itself: gpu/a.md needs gpu/a.md\(end)")])
        #expect(
            ring(["a": "b", "b": "gpu/a.md"]) == [
                "a": .person("waits for itself: gpu/a.md needs gpu/b.md needs gpu/a.md\(end)"),
                "b": .person("waits for itself: gpu/b.md needs gpu/a.md needs gpu/b.md\(end)"),
            ])
        let three = ring(["a": "b.md", "b": "x, c", "c": "a"], completed: ["gpu/x.md"])
        #expect(three["c"] == .person("waits for itself: gpu/c.md needs gpu/a.md needs gpu/b.md needs gpu/c.md\(end)"))
        #expect(three.count == 3 && three.values.allSatisfy { if case .person = $0 { true } else { false } })
    }

    @Test func aRingIsBrokenWhenOneOfItIsCompleted() {
        let rest = ring(["a": "b", "b": "c", "c": "a"], completed: ["gpu/c.md"])
        #expect(rest["a"] == .condition("waiting for b to be completed"))
        #expect(rest["b"] == nil)
    }

    @Test func whoOnlyWaitsForARingDoesNotWaitForItself() {
        let found = ring(["a": "b", "b": "b", "c": "a"])
        #expect(found["a"] == .condition("waiting for b to be completed"))
        #expect(found["c"] == .condition("waiting for a to be completed"))
    }

    @Test func aNamesakeInAnotherQueueClosesNoRing() {
        let tasks = [candidate("a.md", header: "needs: [other/a]"), candidate("a.md", queue: "other")]
        #expect(Shelves().needs(tasks).waiting("gpu/a.md") == .condition("waiting for other/a to be completed"))
    }

    @Test func twoRingsThroughOneTaskAreBothStuck() {
        let found = ring(["a": "b, c", "b": "a", "c": "a"])
        #expect(found.values.allSatisfy { $0.reason.hasPrefix("waits for itself: ") } && found.count == 3)
    }

    @Test func aRingAroundAnotherIsFoundToo() {
        let found = ring(["a": "b", "b": "c", "c": "b, a"])
        #expect(
            found["a"]?.reason.hasPrefix("waits for itself: gpu/a.md needs gpu/b.md needs gpu/c.md needs gpu/a.md;")
                == true)
        #expect(found["b"]?.reason.hasPrefix("waits for itself: gpu/b.md needs gpu/c.md needs gpu/b.md;") == true)
        #expect(found.count == 3 && found.values.allSatisfy { $0.reason.hasPrefix("waits for itself: ") })
    }

    /// The longest chain anybody will ever make, and the same with its ends tied together.
    @Test func tenThousandInARowAreNoDeepRecursion() {
        let count = 10_000
        let chain = (0..<count).map { candidate("t\($0).md", header: $0 + 1 < count ? "needs: [t\($0 + 1)]" : "") }
        let open = Shelves().needs(chain)
        #expect(open.waiting("gpu/t0.md") == .condition("waiting for t1 to be completed"))
        #expect(open.waiting("gpu/t\(count - 2).md") == .condition("waiting for t\(count - 1) to be completed"))
        #expect(open.waiting("gpu/t\(count - 1).md") == nil)
        let tied = Array(chain.dropLast()) + [candidate("t\(count - 1).md", header: "needs: [t0]")]
        let closed = Shelves().needs(tied)
        let words = closed.waiting("gpu/t9998.md")?.reason ?? ""
        #expect(words.hasPrefix("waits for itself: gpu/t9998.md needs gpu/t9999.md needs gpu/t0.md needs "))
        #expect(words.contains("… (9995 more) needs gpu/t9998.md;") && words.count < 300)
        #expect(
            (0..<count).allSatisfy { closed.waiting("gpu/t\($0).md")?.reason.hasPrefix("waits for itself") == true })
    }
}
