// Owns the verdict that an agent program prints as JSON: one object as its whole output, or an object in its last line, as
// Claude Code, Gemini CLI and Codex do and as a script may.
// Never takes an object for a verdict that has none of the known keys.

import CAISystem

/// The verdict in an agent's output.
struct AgentResultJSON {
    /// Nil where the object says neither.
    let isSuccess: Bool?
    /// What the agent answered.
    let text: String?
    /// Why it failed, where it says that it did.
    let error: String?
    /// Whether nothing else was printed.
    let isWholeOutput: Bool
    /// What was printed before it.
    private(set) var preceding = ""

    /// Nil where the output has no such object.
    init?(_ output: String) {
        let lines = AgentText(output).lines
        if let value = Self.object(output[...]) {
            self.init(value, isWholeOutput: true)
            if isSuccess == nil, text == nil { return nil }
            return
        }
        guard let last = lines.last, let value = Self.object(last), Self.verdict(value) != nil else { return nil }
        self.init(
            value, isWholeOutput: lines.allSatisfy { $0.first == "{" && $0.last == "}" }, before: lines.dropLast())
        if !isWholeOutput { preceding = lines.dropLast().joined(separator: "\n") }
    }

    private init(_ value: JSONValue, isWholeOutput: Bool, before lines: ArraySlice<Substring> = []) {
        isSuccess = Self.verdict(value)
        self.isWholeOutput = isWholeOutput
        let spoken = ["result", "response", "summary", "message"].lazy.compactMap { value[$0]?.stringValue }.first
        text = spoken ?? lines.reversed().lazy.compactMap(Self.message).first
        error =
            isSuccess == false
            ? value["error"]?.stringValue ?? value["error"]?["message"]?.stringValue ?? spoken
                ?? value["subtype"]?.stringValue ?? value["status"]?.stringValue : nil
    }

    /// What an agent says in an event line.
    private static func message(_ line: Substring) -> String? {
        guard line.first == "{", line.contains("agent_message"), let item = object(line)?["item"] else { return nil }
        return item["type"]?.stringValue == "agent_message" ? item["text"]?.stringValue : nil
    }

    private static func object(_ text: Substring) -> JSONValue? {
        guard text.contains("{"),
            case .object(let members)? = try? CanonicalJSON.decode(JSONValue.self, from: text.utf8)
        else { return nil }
        return .object(members)
    }

    /// One that says both has failed.
    private static func verdict(_ value: JSONValue) -> Bool? {
        var verdicts: [Bool] = []
        func note(_ key: String, _ meaning: (Bool) -> Bool) {
            if case .bool(let flag)? = value[key] { verdicts.append(meaning(flag)) }
        }
        note("is_error") { !$0 }
        note("ok") { $0 }
        note("success") { $0 }
        switch value["error"] {
        case nil, .null, .bool(false), .string(""), .object([:]): break
        default: verdicts.append(false)
        }
        switch value["status"]?.stringValue?.lowercased() {
        case "success", "succeeded", "ok", "done", "completed", "complete": verdicts.append(true)
        case "failed", "failure", "error", "blocked", "cancelled", "canceled": verdicts.append(false)
        default: break
        }
        switch value["type"]?.stringValue {
        case "result": verdicts.append(value["subtype"]?.stringValue?.hasPrefix("error") != true)
        case "turn.completed": verdicts.append(true)
        case "turn.failed", "error": verdicts.append(false)
        default: break
        }
        return verdicts.isEmpty ? nil : !verdicts.contains(false)
    }
}
