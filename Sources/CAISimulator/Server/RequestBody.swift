// Owns reading a JSON body member by member: what is wrong, missing or unknown is collected and refused together.
// Never guesses a value.

import CAISystem

/// The members of a JSON object, each read once.
struct RequestBody {
    private let members: [String: JSONValue]
    private let path: String
    private var read: Set<String> = []
    private(set) var errors: [String] = []

    /// - Throws: 400 where the bytes are no JSON, 422 where they are no object.
    init(_ bytes: [UInt8]) throws(Problem) {
        guard let json = try? CanonicalJSON.decode(JSONValue.self, from: bytes) else {
            throw .bad("the request body is not valid JSON")
        }
        guard case .object(let members) = json else { throw .invalid(["$: must be an object"]) }
        (self.members, path) = (members, "$")
    }

    private init(_ members: [String: JSONValue], path: String) { (self.members, self.path) = (members, path) }

    var isEmpty: Bool { members.isEmpty }

    func has(_ name: String) -> Bool { members[name] != nil }

    private mutating func take<Value>(_ name: String, _ shape: String, _ convert: (JSONValue) -> Value?) -> Value? {
        read.insert(name)
        guard let value = members[name] else { return nil }
        let converted = convert(value)
        if converted == nil { complain(name, "must be \(shape)") }
        return converted
    }

    /// Adds an error about a member.
    mutating func complain(_ name: String, _ what: String) { errors.append("\(path).\(name): \(what)") }

    mutating func require(_ name: String) {
        if members[name] == nil { errors.append("\(path): missing required property '\(name)'") }
    }

    mutating func string(_ name: String, atLeast length: Int = 0) -> String? {
        let value = take(name, "a string", \.stringValue)
        if let value, value.unicodeScalars.count < length { complain(name, "must not be empty") }
        return value
    }

    mutating func word(_ name: String, of words: [String]) -> String? {
        let value = string(name)
        if let value, !words.contains(value) { complain(name, "must be one of \(words.joined(separator: ", "))") }
        return value
    }

    mutating func bool(_ name: String) -> Bool? {
        take(name, "a boolean") { if case .bool(let value) = $0 { value } else { nil } }
    }

    mutating func int(_ name: String, _ range: ClosedRange<Int>) -> Int? {
        let value: Int? = take(name, "an integer") { value in
            guard let number = value.doubleValue else { return nil }
            return Int(exactly: number)
        }
        if let value, !range.contains(value) {
            complain(
                name,
                value < range.lowerBound
                    ? "must be at least \(range.lowerBound)" : "must be at most \(range.upperBound)")
        }
        return value
    }

    mutating func strings(_ name: String) -> [String]? {
        take(name, "an array of strings") { value in
            guard case .array(let items) = value else { return nil }
            let texts = items.compactMap(\.stringValue)
            return texts.count == items.count ? texts : nil
        }
    }

    /// An object of strings.
    mutating func map(_ name: String) -> [String: String]? {
        take(name, "an object of strings") { value in
            guard case .object(let members) = value else { return nil }
            let texts = members.compactMapValues(\.stringValue)
            return texts.count == members.count ? texts : nil
        }
    }

    /// A string, or null, which is told apart from absence.
    mutating func nullableString(_ name: String) -> String?? {
        take(name, "a string or null") { value -> String?? in
            if value == .null { return .some(nil) }
            return value.stringValue.map { .some($0) }
        }
    }

    /// Reads a nested object; its errors, unknown members among them, join this one's.
    mutating func object<Value>(_ name: String, _ body: (inout RequestBody) -> Value?) -> Value? {
        let found: [String: JSONValue]? = take(name, "an object") {
            if case .object(let members) = $0 { members } else { nil }
        }
        guard let found else { return nil }
        return nested(found, "\(path).\(name)", body)
    }

    /// Reads an array of objects.
    mutating func objects<Value>(_ name: String, _ body: (inout RequestBody) -> Value?) -> [Value]? {
        let found: [[String: JSONValue]]? = take(name, "an array of objects") { value in
            guard case .array(let items) = value else { return nil }
            let objects = items.compactMap { if case .object(let members) = $0 { members } else { nil } }
            return objects.count == items.count ? objects : nil
        }
        return found?.enumerated().compactMap { nested($1, "\(path).\(name)[\($0)]", body) }
    }

    private mutating func nested<Value>(
        _ members: [String: JSONValue], _ path: String, _ body: (inout RequestBody) -> Value?
    ) -> Value? {
        var inner = RequestBody(members, path: path)
        let value = body(&inner)
        errors += inner.errors + inner.unknown
        return value
    }

    private var unknown: [String] {
        members.keys.filter { !read.contains($0) }.sorted().map {
            "\(path): additional properties '\($0)' not allowed"
        }
    }

    /// - Throws: 422 with everything that was found.
    func finish() throws(Problem) {
        let all = errors + unknown
        if !all.isEmpty { throw .invalid(all) }
    }
}
