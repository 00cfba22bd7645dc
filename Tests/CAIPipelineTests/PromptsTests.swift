// Owns the tests of the layout, byte for byte.
// Never builds an expected prompt from the constants under test.

import Testing

@testable import CAIPipeline

@Suite("Prompts")
struct PromptsTests {
    private let shots = [
        Shot(instruction: "Add 1 and 2.", response: "3"),
        Shot(instruction: "Where does Ada live?", response: " Rome \n"),
    ]

    @Test func formsByteForByte() {
        #expect(PromptForm.raw.prompt("Say hello.", shots: shots) == "Say hello.")
        #expect(PromptForm.wrapped.prompt("Say hello.", shots: shots) == "Instruction: Say hello.\nResponse:")
        #expect(
            PromptForm.fewShot.prompt("Say hello.", shots: shots)
                == "Instruction: Add 1 and 2.\nResponse: 3\nEND\n\n"
                + "Instruction: Where does Ada live?\nResponse: Rome\nEND\n\n"
                + "Instruction: Say hello.\nResponse:")
        #expect(PromptForm.fewShot.prompt("Say hello.") == "Instruction: Say hello.\nResponse:")
    }

    @Test func namesAreThoseOfTheRecords() {
        #expect(PromptForm.allCases.map(\.rawValue) == ["raw", "wrapped", "few_shot"])
    }

    @Test func completionIsOneSpaceStrippedAnswerDelimiter() {
        #expect(PromptLayout.completion("\n Rome. \n") == " Rome.\nEND")
        #expect(PromptLayout.stops == ["\nEND"])
    }

    @Test("a shot is exactly a training example and a blank line")
    func shotIsTheTrainingLayout() {
        let shot = Shot(instruction: "Add 1 and 2.", response: "3")
        #expect(
            shot.text == PromptForm.wrapped.prompt(shot.instruction) + PromptLayout.completion(shot.response) + "\n\n")
    }

    @Test func theLoopWritesOnOnePage() {
        let principle = Principle(id: "p", text: "Be kind.", category: .helpful)
        let answer = ConstitutionalPrompts.answer("Say hello.")
        let critique = ConstitutionalPrompts.critique("Say hello.", answer: " No. ", principle: principle)
        let revision = ConstitutionalPrompts.revision(
            "Say hello.", answer: " No. ", principle: principle, critique: " Unkind.\n")
        #expect(answer == "Instruction: Say hello.\nResponse:")
        #expect(critique == "Instruction: Say hello.\nResponse: No.\nPrinciple: Be kind.\nCritique:")
        #expect(revision == critique + " Unkind.\nRevision:")
        #expect(ConstitutionalPrompts.stops.first == "\nEND")
        #expect(ConstitutionalPrompts.stops.contains("\nInstruction:"))
    }
}
