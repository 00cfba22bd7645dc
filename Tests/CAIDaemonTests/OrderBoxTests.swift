// Owns the tests of the letter box between a command and the daemon.

import CAISystem
import CAIWorkflow
import FoundationEssentials
import SystemPackage
import TestSupport
import Testing

@testable import CAIDaemon

struct OrderBoxTests {
    private let folder: TemporaryFolder
    private let box: OrderBox
    private let now = Date(timeIntervalSince1970: 1_795_224_600.125)

    init() throws {
        folder = try TemporaryFolder()
        box = OrderBox(Workspace(root: folder.path))
    }

    private func names() throws -> [String] {
        try folder.names().map { String($0.trimmingPrefix(".caid/requests/")) }
    }

    @Test func aRequestIsFoundAnsweredAndItsReplyTakenOut() throws {
        let order = Order(.retry, task: "gpu/ä \"x\".md", at: now)
        let id = try box.post(order)
        #expect(try names() == ["\(id).json"])
        #expect(try box.takeReply(id) == nil)
        for _ in 1...2 {
            let found = try box.requests()
            #expect(found.map(\.id) == [id] && found.map(\.request) == [.task(order)], "it stays until it is answered")
        }
        try box.answer(id, OrderReply(.refused, "because\nof this"))
        #expect(try box.requests().isEmpty)
        #expect(try box.takeReply(id) == OrderReply(.refused, "because\nof this"))
        #expect(try box.takeReply(id) == nil)
        #expect(try names() == [])
    }

    @Test func withoutABoxNothingIsAsked() throws {
        #expect(try box.requests().isEmpty)
        #expect(!box.withdraw("nothing"))
        try box.sweep(now: now)
        #expect(try box.takeReply("nothing") == nil)
        #expect(try folder.names() == [] && RealFiles().status(folder[".caid"]) == nil)
    }

    @Test func requestsComeInTheOrderOfAsking() throws {
        var expected: [String] = []
        for number in [3, 1, 2] {
            expected.append(try box.post(Order(.cancel, task: "\(number)", at: now + Double(number))))
        }
        #expect(try box.requests().map(\.id) == [expected[1], expected[2], expected[0]])
        #expect(Set(expected).count == 3 && expected.allSatisfy { $0.hasPrefix("cancel-") })
    }

    @Test(arguments: ["", "{", "[]", "{}", "{\"verb\":\"explode\",\"task\":\"a\",\"at\":1}", "\u{0}\u{1}\u{2}"])
    func garbageIsAnsweredAndTakenOut(text: String) throws {
        let good = try box.post(Order(.approve, task: "a", at: now))
        try folder.write(text, to: ".caid/requests/mine.json")
        #expect(try box.requests().map(\.id) == [good])
        #expect(try box.takeReply("mine") == OrderReply(.unclear, "mine.json is no request that caid understands"))
        #expect(try names() == ["\(good).json"])
    }

    @Test func whatIsNoRequestIsPassedOver() throws {
        try folder.write("{}", to: ".caid/requests/.mine.json")
        try folder.write("{}", to: ".caid/requests/mine.json.tmp")
        try folder.write("{}", to: ".caid/requests/mine.reply.json")
        let target = try folder.write("{\"at\":1,\"task\":\"a\",\"verb\":\"cancel\"}", to: "elsewhere.json")
        try makeSymbolicLink(folder[".caid/requests/link.json"], to: target)
        #expect(try box.requests().isEmpty)
        #expect(try names().count == 4)
    }

    @Test func aRequestThatNobodyCameForCanBeTakenBack() throws {
        let id = try box.post(Order(.approve, task: "a", at: now))
        #expect(box.withdraw(id))
        #expect(!box.withdraw(id))
        #expect(try box.requests().isEmpty)
        // The daemon had read it before that: its answer finds no request, which is no error.
        try box.answer(id, OrderReply(.done, "approved"))
        #expect(try box.takeReply(id)?.outcome == .done)
    }

    @Test func repliesThatNobodyCameForAreSweptAfterAMinute() throws {
        let id = try box.post(Order(.approve, task: "a", at: now))
        try box.answer(id, OrderReply(.done, "approved"))
        let waiting = try box.post(Order(.approve, task: "b", at: now))
        let written = Date()
        try box.sweep(now: written + 50)
        #expect(try names().count == 2, "a minute has not passed")
        try box.sweep(now: written + 70)
        #expect(try names() == ["\(waiting).json"], "requests stay, however old")
    }

    @Test func nobodyElseCanReadOrWriteThem() throws {
        let id = try box.post(Order(.approve, task: "a", at: now))
        #expect(try RealFiles().status(folder[".caid/requests/\(id).json"])?.mode ?? 0 & 0o777 == 0o600)
    }

    /// The daemon dies after each call of answering: the request or its reply is there, and answering again ends it.
    @Test func deathWhileItIsAnswered() throws {
        for fatal in 1...40 {
            let folder = try TemporaryFolder()
            let counter = StepCounter(dyingAt: fatal)
            let workspace = Workspace(root: folder.path)
            let id = try OrderBox(workspace).post(Order(.approve, task: "a", at: now))
            let dying = OrderBox(workspace, files: InterposedFiles { _, _ in try counter.step() })
            let died = (try? dying.answer(id, OrderReply(.done, "one"))) == nil
            for (id, _) in try OrderBox(workspace).requests() {
                try OrderBox(workspace).answer(id, OrderReply(.done, "two"))
            }
            #expect(try OrderBox(workspace).takeReply(id)?.outcome == .done, "death at \(fatal)")
            #expect(try OrderBox(workspace).requests().isEmpty)
            if !died { return #expect(fatal > 6) }
        }
        Issue.record("answering never came to its end")
    }
}
