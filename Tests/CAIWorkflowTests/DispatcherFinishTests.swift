// Owns the test of an end that the disk refuses halfway: tried again, it is the same end.

import CAISystem
import CAIWorkflow
import FoundationEssentials
import SystemPackage
import Testing

struct DispatcherFinishTests {
    @Test func anEndThatTheDiskRefusesHalfwayIsWrittenOnce() throws {
        let fixture = try DispatcherFixture()
        try fixture.drop("gpu/a.md")
        let task = try fixture.claim("gpu/a.md")
        let folder = fixture.workspace.folder(queue: "gpu", .completed)
        try fixture.files.create(folder, bytes: [], mode: .ownerReadWrite)
        #expect(throws: Errno.self) { try fixture.dispatcher.finish(task, .completed(summary: "s", notes: "- n")) }
        #expect(try fixture.text("gpu/a.md", .inProgress).contains("] completed: s\n"))
        #expect(fixture.running == ["gpu/a.md"])

        try fixture.files.remove(folder)
        fixture.clock.advance(60)
        let ending = try fixture.dispatcher.finish(task, .completed(summary: "s", notes: "- n"))
        let text = try fixture.text("gpu/a.md", .completed)
        #expect(text.ranges(of: "] completed: s\n").count == 1 && text.ranges(of: "## Completion Notes").count == 1)
        #expect(ending?.at == fixture.clock.now() - 60 && fixture.running.isEmpty)
    }
}
