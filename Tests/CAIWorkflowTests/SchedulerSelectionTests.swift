// Owns the tests of what runs next, and of the reasons why the rest does not.

import CAISystem
import CAIWorkflow
import FoundationEssentials
import Testing

struct SchedulerSelectionTests {
    private let now = Date(timeIntervalSince1970: 1_795_224_600)

    private func choose(
        _ candidates: [Candidate], shelves: Shelves = Shelves(), holds: [String: Hold] = [:],
        approvals: [String: Approval] = [:], free: [String: Int] = ["gpu": 99],
        slots: @escaping @Sendable (Candidate) -> [String] = { [$0.file.queue] },
        isAnswered: @escaping @Sendable (String) -> Bool = { _ in false },
        obstacle: @escaping @Sendable (Candidate) -> Waiting? = { _ in nil }
    ) -> Selection {
        let ordered = candidates.sorted { $0.document.order < $1.document.order }
        return Selection.choose(
            from: ordered,
            Circumstances(
                needs: shelves.needs(ordered), holds: holds, approvals: approvals, free: free, slots: slots,
                isAnswered: isAnswered, obstacle: obstacle, now: now))
    }

    private func names(_ selection: Selection) -> [String] { selection.ready.map(\.file.name) }

    @Test func priorityThenStampThenName() {
        let names = [
            "20251001_P3_d.md", "P0_z.md", "20251002_P0_b.md", "20251001_P0_c.md", "x.md", "P1_a.md",
            "20251001_120000_P0_a.md", "20251001_P0_a.md",
        ]
        let expected = [
            "20251001_P0_a.md", "20251001_P0_c.md", "20251001_120000_P0_a.md", "20251002_P0_b.md", "P0_z.md", "P1_a.md",
            "x.md", "20251001_P3_d.md",
        ]
        #expect(self.names(choose(names.map { candidate($0) })) == expected)
        #expect(self.names(choose(names.reversed().map { candidate($0) })) == expected)
        #expect(
            self.names(choose([candidate("P1_a.md"), candidate("P3_b.md", header: "priority: P0")])) == [
                "P3_b.md", "P1_a.md",
            ])
    }

    @Test func slotsAreGivenInThatOrderAndPerQueue() {
        let tasks = [
            candidate("P2_c.md"), candidate("P0_a.md"), candidate("P1_b.md"), candidate("P3_d.md", queue: "other"),
        ]
        let selection = choose(tasks, free: ["gpu": 1, "other": 1])
        #expect(names(selection) == ["P0_a.md", "P3_d.md"])
        #expect(selection.waiting["gpu/P1_b.md"] == .slot("waiting for a slot: 'gpu' is busy"))
        #expect(selection.waiting.count == 2)
        #expect(names(choose(tasks, free: ["gpu": -1, "other": 0])) == [], "more at work than there are slots by now")
    }

    @Test func whatCannotRunTakesNoSlot() {
        let selection = choose(
            [candidate("P0_a.md", header: "needs: [P1_b.md]"), candidate("P1_b.md")], free: ["gpu": 1])
        #expect(names(selection) == ["P1_b.md"])
        #expect(selection.waiting["gpu/P0_a.md"] == .condition("waiting for P1_b.md to be completed"))
    }

    /// Two queues, one pod: the better task of either queue gets it, and the other queue's slot is not used up by waiting.
    @Test func aSharedThingIsGivenOutOnceForAllQueues() {
        let tasks = [
            candidate("P1_a.md"), candidate("P0_b.md", queue: "big"), candidate("P2_c.md", queue: "big"),
            candidate("P3_d.md"), candidate("P3_e.md", queue: "agents"),
        ]
        let slots: @Sendable (Candidate) -> [String] = {
            $0.file.queue == "agents" || $0.file.name.hasPrefix("P3") ? [$0.file.queue] : [$0.file.queue, "the pod"]
        }
        let selection = choose(tasks, free: ["gpu": 1, "big": 2, "agents": 1, "the pod": 1], slots: slots)
        #expect(names(selection) == ["P0_b.md", "P3_d.md", "P3_e.md"])
        for key in ["gpu/P1_a.md", "big/P2_c.md"] {
            #expect(selection.waiting[key] == .slot("waiting for a slot: 'the pod' is busy"))
        }
        #expect(names(choose(tasks, free: ["gpu": 9, "big": 9, "agents": 9, "the pod": 2], slots: slots)).count == 4)
    }

    @Test func whatIsNotCountedIsNotShort() {
        #expect(names(choose([candidate("a.md"), candidate("b.md")], free: [:])) == ["a.md", "b.md"])
    }

    @Test func notBeforeIsInclusive() {
        let task = candidate("a.md", header: "not_before: 2026-11-21T01:30:00Z")
        #expect(names(choose([task])) == ["a.md"])
        let later = choose([candidate("a.md", header: "not_before: 2026-11-21T01:30:01Z")])
        let reason = later.waiting["gpu/a.md"]
        #expect(reason == .condition("not before 2026-11-21T01:30:01.000Z", until: now + 1))
        #expect(reason?.until == now + 1 && reason?.isBrief == false)
    }

    @Test func cancelledWaitsForAPerson() {
        let reason = choose([candidate("a_CANCELLED.md")]).waiting["gpu/a_CANCELLED.md"]
        #expect(reason == .person("marked as cancelled: move it to cancelled/, or remove the mark"))
    }

    @Test func approvalIsAsked() {
        let task = candidate("b.md", header: "requires_approval: true")
        let words = "waiting for a person's approval: tick the box at the end of the file, or `caid approve b.md`"
        let asked = Approval(nonce: "n", askedAt: now)
        var given = asked
        given.approvedAt = now
        #expect(choose([task]).waiting["gpu/b.md"] == .person(words))
        #expect(choose([task], approvals: ["gpu/b.md": asked]).waiting["gpu/b.md"] == .person(words))
        #expect(choose([task], approvals: ["other/b.md": given]).waiting["gpu/b.md"] == .person(words))
        #expect(names(choose([task], approvals: ["gpu/b.md": given])) == ["b.md"])
    }

    @Test func aPauseAfterAFailureIsBrief() {
        func reason(_ until: Double) -> Waiting? {
            let hold = Hold(.backoff, until: now + until, reason: "failed (x); attempt 2 of 3 follows")
            return choose([candidate("a.md")], holds: ["gpu/a.md": hold]).waiting["gpu/a.md"]
        }
        let words = "failed (x); attempt 2 of 3 follows at 2026-11-21T01:30:05.000Z"
        #expect(reason(5) == .pause(until: now + 5, words))
        #expect(reason(5)?.isBrief == true)
        #expect(reason(0) == nil && reason(-1) == nil, "it is over")
        #expect(reason(660) != nil, "the longest there is")
        #expect(reason(1200) == nil && reason(86_400) == nil, "longer than any can be: the clock was set back")
    }

    @Test func aQuotaIsWaitedForHoweverLong() {
        func reason(_ until: Double?) -> Waiting? {
            let hold = Hold(.quota, until: until.map { now + $0 }, reason: "the provider wants no more")
            return choose([candidate("a.md")], holds: ["gpu/a.md": hold]).waiting["gpu/a.md"]
        }
        let words = "the provider wants no more; goes on at 2026-11-22T01:30:00.000Z"
        #expect(reason(86_400) == .condition(words, until: now + 86_400))
        #expect(reason(86_400)?.isBrief == false)
        #expect(reason(-1) == nil && reason(nil) == nil)
    }

    @Test func aReviewHoldsUntilItIsAnswered() {
        let hold = Hold(.review, request: "r.md", reason: "waiting for the review r.md")
        let holds = ["gpu/a.md": hold]
        #expect(
            choose([candidate("a.md")], holds: holds).waiting["gpu/a.md"] == .condition("waiting for the review r.md"))
        #expect(names(choose([candidate("a.md")], holds: holds, isAnswered: { $0 == "r.md" })) == ["a.md"])
        #expect(names(choose([candidate("a.md", queue: "other")], holds: holds)) == ["a.md"], "another queue's")
    }

    @Test func unsettledFilesAreNotLookedAtAnyFurther() {
        let selection = choose([candidate("a.md", header: "needs: [x]", settled: false)])
        #expect(selection.waiting["gpu/a.md"] == .settling)
        #expect(choose([candidate("b.md", header: "retries: many", settled: false)]).ready.isEmpty)
    }

    @Test func aMalformedHeaderIsTakenUpToBeBlocked() {
        let broken = candidate("a.md", header: "needs: [x]\nrequires_approval: true\nretries: many")
        #expect(!broken.problems.isEmpty)
        let selection = choose([broken], obstacle: { _ in .person("no executor") })
        #expect(names(selection) == ["a.md"])
        #expect(
            choose([broken], free: ["gpu": 0]).waiting["gpu/a.md"] == .slot("waiting for a slot: 'gpu' is busy"))
    }

    @Test func anObstacleComesLastAndAsItIs() {
        let obstacle: @Sendable (Candidate) -> Waiting? = { .person("no executor for \($0.file.queue)") }
        #expect(choose([candidate("a.md")], obstacle: obstacle).waiting["gpu/a.md"] == .person("no executor for gpu"))
        let early = choose([candidate("a.md", header: "not_before: 2026-11-22T00:00:00Z")], obstacle: obstacle)
        #expect(early.waiting["gpu/a.md"]?.reason.hasPrefix("not before") == true)
    }

    @Test func aDrainWaitsForWhatEndsSoonByItselfAlone() {
        let brief: [Waiting] = [.settling, .slot("s"), .pause(until: now, "p")]
        let long: [Waiting] = [.condition("c"), .condition("c", until: now), .person("p")]
        #expect(brief.allSatisfy(\.isBrief) && !long.contains(where: \.isBrief))
        #expect((brief + long).map(\.until) == [nil, nil, now, nil, now, nil])
        #expect((brief + long).allSatisfy { !$0.reason.isEmpty })
    }

    @Test func everyCandidateIsEitherReadyOrWaiting() {
        let tasks = (0..<40).map { number in
            candidate(
                "P\(number % 4)_\(number).md", header: number % 5 == 0 ? "needs: [x]" : "", settled: number % 7 != 0)
        }
        let selection = choose(tasks, free: ["gpu": 6])
        #expect(selection.ready.count == 6)
        #expect(selection.ready.count + selection.waiting.count == tasks.count)
        #expect(Set(selection.waiting.keys).isDisjoint(with: selection.ready.map(\.file.key)))
        #expect(selection.waiting.values.allSatisfy { !$0.reason.isEmpty })
    }
}
