// Owns the tests of JSON of any shape and of its one spelling.

import CAISystem
import FoundationEssentials
import Testing

struct JSONValueTests {
    private func decode(_ text: String) throws -> JSONValue {
        try CanonicalJSON.decode(JSONValue.self, from: text.utf8)
    }
    private func encode(_ value: some Encodable) throws -> String {
        String(decoding: try CanonicalJSON.encode(value), as: UTF8.self)
    }

    @Test func kindsAreToldApart() throws {
        let value = try decode(#"{"n":null,"t":true,"i":1,"d":1.5,"s":"1","a":[1,"x",[]],"o":{}}"#)
        #expect(
            value
                == .object([
                    "n": .null, "t": .bool(true), "i": .int(1), "d": .double(1.5), "s": .string("1"),
                    "a": .array([.int(1), .string("x"), .array([])]), "o": .object([:]),
                ]))
        #expect(try decode("0") == .int(0))
        #expect(try decode("1") != .bool(true))
        #expect(try decode("9223372036854775807") == .int(.max))
        #expect(try decode("9223372036854775808") == .double(9_223_372_036_854_775_808))
    }

    @Test(arguments: [
        #"{"a":[1,2.5,true,null,"x/y"],"b":{"c":-3}}"#, #""äöü ✅ \"quoted\" \\ \n""#, "[]", "{}", "null", "0.1", "-7",
        "1e+300", "[[[[]]]]",
    ])
    func aRoundTripGivesTheSameBytes(text: String) throws {
        #expect(try encode(decode(text)) == text)
    }

    @Test func equalValuesAreEqualBytes() throws {
        #expect(try encode(decode(#"{ "b" : 1, "a" : [ 1 , 2 ], "B": 0 }"#)) == #"{"B":0,"a":[1,2],"b":1}"#)
        #expect(try encode(["url": "https://example.org/a"]) == #"{"url":"https://example.org/a"}"#)
        #expect(try encode(JSONValue.double(2)) == encode(JSONValue.int(2)))
    }

    @Test func whatIsNoNumberCannotBeWritten() {
        #expect(throws: EncodingError.self) { try encode(JSONValue.double(.nan)) }
        #expect(throws: EncodingError.self) { try encode(JSONValue.double(.infinity)) }
    }

    @Test func prettyEndsWithANewline() throws {
        let text = String(decoding: try CanonicalJSON.encode(["b": 1, "a": 2], pretty: true), as: UTF8.self)
        #expect(text.hasSuffix("}\n"))
        #expect(text.contains("\"a\" : 2"))
        #expect(try decode(text) == .object(["a": .int(2), "b": .int(1)]))
    }

    @Test func linesAreOneValueEach() throws {
        let values: [JSONValue] = [.string("a\nb"), .int(1), .object(["k": .null])]
        let bytes = try CanonicalJSON.encodeLines(values)
        #expect(bytes.count { $0 == 0x0A } == 3)
        #expect(try CanonicalJSON.decodeLines(JSONValue.self, from: bytes) == values)
        #expect(try CanonicalJSON.decodeLines(JSONValue.self, from: Array("\n1\n\n2".utf8)) == [.int(1), .int(2)])
        #expect(throws: DecodingError.self) { try CanonicalJSON.decodeLines(JSONValue.self, from: Array("1\n{".utf8)) }
    }

    @Test func membersAndPlainValues() throws {
        let value = try decode(#"{"s":"text","i":3,"d":0.5}"#)
        #expect(value["s"]?.stringValue == "text")
        #expect(value["i"]?.doubleValue == 3)
        #expect(value["d"]?.doubleValue == 0.5)
        #expect(value["s"]?.doubleValue == nil)
        #expect(value["none"] == nil)
        #expect(JSONValue.array([value])["s"] == nil)
    }
}
