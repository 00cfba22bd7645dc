// Owns reading a GraphQL request: one operation, its fields, their arguments with the variables put in.
// Never knows what a field means. Fragments and directives, which no client of this API sends, are refused.

import CAISystem

/// A field that is asked for.
struct GraphQLField: Sendable {
    var name: String
    /// The name it has in the answer.
    var alias: String
    var arguments: [String: JSONValue]
    /// Empty for a value without fields of its own.
    var selection: [GraphQLField]
}

struct GraphQLDocument: Sendable {
    var isMutation: Bool
    var fields: [GraphQLField]

    /// - Throws: 400 with the place where the text cannot be understood.
    init(_ text: String, variables: [String: JSONValue]) throws(Problem) {
        var parser = GraphQLParser(text, variables: variables)
        self = try parser.document()
    }

    init(isMutation: Bool, fields: [GraphQLField]) { (self.isMutation, self.fields) = (isMutation, fields) }
}

private struct GraphQLParser {
    private let text: [Unicode.Scalar]
    private let variables: [String: JSONValue]
    private var at = 0
    private var depth = 0

    init(_ text: String, variables: [String: JSONValue]) {
        self.text = Array(text.unicodeScalars)
        self.variables = variables
    }

    mutating func document() throws(Problem) -> GraphQLDocument {
        var isMutation = false
        if peek() != "{" {
            let kind = try name()
            guard kind == "query" || kind == "mutation" else { throw unexpected(kind) }
            isMutation = kind == "mutation"
            if let next = peek(), next != "{", next != "(" { _ = try name() }
            if take("(") { try skipVariableDefinitions() }
        }
        let fields = try selection()
        if let rest = peek() { throw unexpected(String(Character(rest))) }
        return GraphQLDocument(isMutation: isMutation, fields: fields)
    }

    /// Types of variables are not checked; what a variable holds is, where it is used.
    private mutating func skipVariableDefinitions() throws(Problem) {
        while let next = peek() {
            at += 1
            if next == ")" { return }
        }
        throw unexpected("end")
    }

    private mutating func selection() throws(Problem) -> [GraphQLField] {
        try expect("{")
        depth += 1
        guard depth < 32 else { throw Problem.bad("Syntax Error: nested too deeply.") }
        var fields: [GraphQLField] = []
        while !take("}") {
            if peek() == "." || peek() == "@" { throw unexpected("...") }
            var name = try name()
            let alias = name
            if take(":") { name = try self.name() }
            let arguments = take("(") ? try members(until: ")") : [:]
            let inner = peek() == "{" ? try selection() : []
            fields.append(GraphQLField(name: name, alias: alias, arguments: arguments, selection: inner))
        }
        depth -= 1
        return fields
    }

    private mutating func members(until end: Unicode.Scalar) throws(Problem) -> [String: JSONValue] {
        var members: [String: JSONValue] = [:]
        while !take(end) {
            let name = try name()
            try expect(":")
            // A variable that was not given is an argument that was not given.
            if let value = try value() { members[name] = value }
        }
        return members
    }

    private mutating func value() throws(Problem) -> JSONValue? {
        depth += 1
        defer { depth -= 1 }
        guard depth < 32 else { throw Problem.bad("Syntax Error: nested too deeply.") }
        if take("$") { return variables[try name()] }
        if take("{") { return .object(try members(until: "}")) }
        if take("[") {
            var items: [JSONValue] = []
            while !take("]") { items.append(try value() ?? .null) }
            return .array(items)
        }
        guard let next = peek() else { throw unexpected("end") }
        if next == "\"" { return .string(try string()) }
        if next == "-" || next.properties.numericType != nil { return try number() }
        switch try name() {
        case "true": return .bool(true)
        case "false": return .bool(false)
        case "null": return .null
        case let word: return .string(word)
        }
    }

    private mutating func string() throws(Problem) -> String {
        var result = String.UnicodeScalarView()
        at += 1
        while at < text.count, text[at] != "\n" {
            defer { at += 1 }
            if text[at] == "\"" { return String(result) }
            guard text[at] == "\\" else {
                result.append(text[at])
                continue
            }
            at += 1
            guard at < text.count else { break }
            switch text[at] {
            case "n": result.append("\n")
            case "t": result.append("\t")
            case "r": result.append("\r")
            case "u":
                let digits = String(String.UnicodeScalarView(text[(at + 1)...].prefix(4)))
                guard let code = UInt32(digits, radix: 16), let scalar = Unicode.Scalar(code) else {
                    throw unexpected("\\u")
                }
                result.append(scalar)
                at += 4
            default: result.append(text[at])
            }
        }
        throw Problem.bad("Syntax Error: Unterminated string.")
    }

    private mutating func number() throws(Problem) -> JSONValue {
        let start = at
        while at < text.count, "+-.eE0123456789".unicodeScalars.contains(text[at]) { at += 1 }
        let digits = String(String.UnicodeScalarView(text[start..<at]))
        if let whole = Int(digits) { return .int(whole) }
        if let number = Double(digits), number.isFinite { return .double(number) }
        throw unexpected(digits)
    }

    private mutating func name() throws(Problem) -> String {
        _ = peek()
        let start = at
        while at < text.count,
            text[at] == "_" || (text[at].isASCII && text[at].properties.isAlphabetic)
                || (at > start && ("0"..."9").contains(text[at]))
        { at += 1 }
        guard at > start else { throw unexpected(at < text.count ? String(Character(text[at])) : "end") }
        return String(String.UnicodeScalarView(text[start..<at]))
    }

    /// The next scalar that means something; commas are white space.
    private mutating func peek() -> Unicode.Scalar? {
        while at < text.count {
            if text[at] == "#" {
                while at < text.count, text[at] != "\n" { at += 1 }
            } else if text[at] == "," || text[at] == "\u{FEFF}" || text[at].properties.isWhitespace {
                at += 1
            } else {
                return text[at]
            }
        }
        return nil
    }

    private mutating func take(_ scalar: Unicode.Scalar) -> Bool {
        guard peek() == scalar else { return false }
        at += 1
        return true
    }

    private mutating func expect(_ scalar: Unicode.Scalar) throws(Problem) {
        if !take(scalar) { throw unexpected(at < text.count ? String(Character(text[at])) : "end") }
    }

    private func unexpected(_ what: String) -> Problem {
        .bad("Syntax Error: Unexpected \"\(what)\" at character \(at).")
    }
}
