// Owns the checking of JSON against an OpenAPI 3.1 document: the keywords of JSON Schema that RunPod's contract uses.
// Never passes over a keyword it does not know: that is an error, since it would be a check that is not made.

import CAISystem
import Foundation
import SystemPackage

/// A provider's published contract.
public struct ContractSchema: Sendable {
    private let document: JSONValue

    /// RunPod's REST v2, cut to what is used of it. Read once: it is large.
    public static func runPod() throws -> ContractSchema { try read.get() }

    private static let read = Result {
        let path = FilePath(#filePath).removingLastComponent().removingLastComponent()
            .appending("Contracts").appending("runpod-v2-pods.openapi.json")
        return ContractSchema(try CanonicalJSON.decode(JSONValue.self, from: try RealFiles().read(path)))
    }

    public init(_ document: JSONValue) { self.document = document }

    /// What is wrong with a reply, as far as the contract tells; empty where nothing is.
    /// - Parameters:
    ///   - path: as it was sent, without the query.
    ///   - type: the reply's content type.
    public func problems(replyTo method: String, _ path: String, status: Int, type: String?, body: [UInt8]) -> [String]
    {
        guard let operation = operation(method, path) else { return ["no operation \(method) \(path)"] }
        guard let response = resolved(operation["responses"]?["\(status)"] ?? operation["responses"]?["default"]) else {
            return ["\(method) \(path): no reply with status \(status)"]
        }
        guard case .object(let content)? = response["content"] else {
            return body.isEmpty ? [] : ["status \(status) has no body"]
        }
        let plain = type.map { $0.split(separator: ";")[0].trimmingCharacters(in: .whitespaces) } ?? "none"
        guard let schema = content[plain]?["schema"] else { return ["content type \(plain) is not offered"] }
        guard let value = try? CanonicalJSON.decode(JSONValue.self, from: body) else { return ["the body is not JSON"] }
        return problems(value, schema)
    }

    /// What is wrong with the body of a request.
    public func problems(requestOf method: String, _ path: String, body: JSONValue) -> [String] {
        guard let schema = operation(method, path)?["requestBody"]?["content"]?["application/json"]?["schema"] else {
            return ["\(method) \(path) takes no body"]
        }
        return problems(body, schema)
    }

    /// What is wrong with a value; `$ref` in the schema points into the document.
    public func problems(_ value: JSONValue, _ schema: JSONValue) -> [String] { check(value, schema, "$").errors }

    /// Every example of a reply or a request in the document, with the schema it is an example of.
    public var examples: [(place: String, value: JSONValue, schema: JSONValue)] { examples(in: document, "") }

    private func examples(in node: JSONValue, _ place: String) -> [(String, JSONValue, JSONValue)] {
        switch node {
        case .object(let members):
            var found: [(String, JSONValue, JSONValue)] = []
            if let schema = members["schema"], case .object(let examples)? = members["examples"] {
                found += examples.compactMap { name, example in
                    example["value"].map { ("\(place)/\(name)", $0, schema) }
                }
            }
            return found + members.sorted { $0.key < $1.key }.flatMap { examples(in: $1, "\(place)/\($0)") }
        case .array(let items): return items.enumerated().flatMap { examples(in: $1, "\(place)/\($0)") }
        default: return []
        }
    }

    private func operation(_ method: String, _ path: String) -> JSONValue? {
        guard case .object(let paths)? = document["paths"] else { return nil }
        let parts = path.split(separator: "/")
        let fitting = paths.keys.filter { template in
            let names = template.split(separator: "/")
            return names.count == parts.count && zip(names, parts).allSatisfy { $0.hasPrefix("{") || $0 == $1 }
        }
        return fitting.min().flatMap { paths[$0]?[method.lowercased()] }
    }

    private func resolved(_ node: JSONValue?) -> JSONValue? {
        guard let reference = node?["$ref"]?.stringValue else { return node }
        return reference.split(separator: "/").dropFirst().reduce(document as JSONValue?) { $0?[String($1)] }
    }

    // MARK: JSON Schema

    private struct Outcome {
        var errors: [String] = []
        /// The members that some part of the schema spoke of.
        var evaluated: Set<String> = []
    }

    private static let annotations: Set = ["description", "examples", "example", "default", "title", "deprecated"]

    private func check(_ value: JSONValue, _ schema: JSONValue, _ at: String) -> Outcome {
        if case .bool(let all) = schema { return Outcome(errors: all ? [] : ["\(at): not allowed"]) }
        guard case .object(let rules) = schema else { return Outcome(errors: ["\(at): a schema that is no object"]) }
        var outcome = Outcome()
        for (keyword, rule) in rules.sorted(by: { $0.key < $1.key }) where !Self.isAnnotation(keyword) {
            let part = apply(keyword, rule, rules, value, at)
            outcome.errors += part.errors
            outcome.evaluated.formUnion(part.evaluated)
        }
        if rules["unevaluatedProperties"] == .bool(false), case .object(let members) = value {
            outcome.errors += members.keys.subtracting(outcome.evaluated).map { "\(at): '\($0)' is not allowed" }
        }
        return outcome
    }

    private static func isAnnotation(_ keyword: String) -> Bool {
        annotations.contains(keyword) || keyword.hasPrefix("x-")
            || ["then", "else", "unevaluatedProperties"].contains(keyword)
    }

    private func apply(
        _ keyword: String, _ rule: JSONValue, _ rules: [String: JSONValue], _ value: JSONValue, _ at: String
    ) -> Outcome {
        func wrong(_ what: String, when isWrong: Bool) -> Outcome { Outcome(errors: isWrong ? ["\(at): \(what)"] : []) }
        func list(_ rule: JSONValue) -> [JSONValue] { if case .array(let items) = rule { items } else { [] } }
        switch keyword {
        case "$ref":
            guard let target = resolved(.object(["$ref": rule])) else { return wrong("dangling \(rule)", when: true) }
            return check(value, target, at)
        case "allOf":
            return list(rule).map { check(value, $0, at) }.reduce(into: Outcome()) {
                $0.errors += $1.errors
                $0.evaluated.formUnion($1.evaluated)
            }
        case "anyOf", "oneOf":
            let outcomes = list(rule).map { check(value, $0, at) }
            let passed = outcomes.filter(\.errors.isEmpty)
            if passed.isEmpty || (keyword == "oneOf" && passed.count > 1) {
                return Outcome(errors: ["\(at): fits \(passed.count) of \(keyword)"] + outcomes.flatMap(\.errors))
            }
            return Outcome(evaluated: passed.reduce(into: []) { $0.formUnion($1.evaluated) })
        case "not": return wrong("must not fit", when: check(value, rule, at).errors.isEmpty)
        case "if":
            let tested = check(value, rule, at)
            guard let next = rules[tested.errors.isEmpty ? "then" : "else"] else { return Outcome() }
            return check(value, next, at)
        case "type":
            let names = rule.stringValue.map { [$0] } ?? list(rule).compactMap(\.stringValue)
            return wrong("must be \(names.joined(separator: " or "))", when: !names.contains { Self.isType($0, value) })
        case "enum": return wrong("is none of \(list(rule))", when: !list(rule).contains(value))
        case "format": return wrong("is no \(rule)", when: !Self.hasFormat(rule.stringValue ?? "", value))
        default: return applyByType(keyword, rule, rules, value, at)
        }
    }

    private func applyByType(
        _ keyword: String, _ rule: JSONValue, _ rules: [String: JSONValue], _ value: JSONValue, _ at: String
    ) -> Outcome {
        func wrong(_ what: String, when isWrong: Bool) -> Outcome { Outcome(errors: isWrong ? ["\(at): \(what)"] : []) }
        let limit = rule.doubleValue ?? .nan
        switch (keyword, value) {
        case ("properties", .object(let members)):
            guard case .object(let properties) = rule else { return wrong("broken properties", when: true) }
            return members.reduce(into: Outcome()) { outcome, member in
                guard let schema = properties[member.key] else { return }
                outcome.errors += check(member.value, schema, "\(at).\(member.key)").errors
                outcome.evaluated.insert(member.key)
            }
        case ("additionalProperties", .object(let members)):
            var named: Set<String> = []
            if case .object(let properties)? = rules["properties"] { named = Set(properties.keys) }
            return members.reduce(into: Outcome()) { outcome, member in
                if named.contains(member.key) { return }
                outcome.errors += check(member.value, rule, "\(at).\(member.key)").errors
                outcome.evaluated.insert(member.key)
            }
        case ("required", .object(let members)):
            guard case .array(let names) = rule else { return wrong("broken required", when: true) }
            return Outcome(
                errors: names.compactMap(\.stringValue).filter { members[$0] == nil }.map {
                    "\(at): '\($0)' is missing"
                })
        case ("minProperties", .object(let members)):
            return wrong("too few members", when: Double(members.count) < limit)
        case ("items", .array(let items)):
            return Outcome(errors: items.enumerated().flatMap { check($1, rule, "\(at)[\($0)]").errors })
        case ("minItems", .array(let items)): return wrong("too few items", when: Double(items.count) < limit)
        case ("maxItems", .array(let items)): return wrong("too many items", when: Double(items.count) > limit)
        case ("minLength", .string(let text)):
            return wrong("too short", when: Double(text.unicodeScalars.count) < limit)
        case ("pattern", .string(let text)):
            guard let regex = try? Regex(rule.stringValue ?? "(") else { return wrong("broken pattern", when: true) }
            return wrong("does not match \(rule)", when: text.firstMatch(of: regex) == nil)
        case ("minimum", _): return wrong("is below \(limit)", when: value.doubleValue.map { $0 < limit } ?? false)
        case ("maximum", _): return wrong("is above \(limit)", when: value.doubleValue.map { $0 > limit } ?? false)
        case ("properties", _), ("additionalProperties", _), ("required", _), ("minProperties", _), ("items", _),
            ("minItems", _), ("maxItems", _), ("minLength", _), ("pattern", _):
            return Outcome()  // speaks of another type than this value has
        default: return wrong("the keyword '\(keyword)' is not known here", when: true)
        }
    }

    private static func isType(_ name: String, _ value: JSONValue) -> Bool {
        switch (name, value) {
        case ("null", .null), ("boolean", .bool), ("string", .string), ("array", .array), ("object", .object): true
        case ("number", .int), ("number", .double), ("integer", .int): true
        case ("integer", .double(let number)): number == number.rounded()
        default: false
        }
    }

    private static func hasFormat(_ name: String, _ value: JSONValue) -> Bool {
        switch name {
        case "float", "double": true
        case "date-time": value.stringValue.map { Date(instantText: $0) != nil } ?? true
        default: false
        }
    }
}

extension Dictionary.Keys {
    fileprivate func subtracting(_ other: Set<Key>) -> [Key] { filter { !other.contains($0) } }
}
