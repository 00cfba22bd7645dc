// Owns the types that decoding can go on with after a failure: collections element by element, and blanks.
// A blank only lets the rest of a text be checked; the decoded value is thrown away then.
// Never supplies a default that a caller could see.

/// A list or dictionary, decoded so that each bad element is recorded.
protocol GatheringCollection {
    static func gather(from node: YAMLNode, in run: DecodingRun, at path: [any CodingKey]) throws -> Self
}

extension Array: GatheringCollection where Element: Decodable {
    static func gather(from node: YAMLNode, in run: DecodingRun, at path: [any CodingKey]) throws -> [Element] {
        guard case .sequence(let items) = node.content else { throw run.mismatch(expected: "a list", node, path) }
        return items.indices.compactMap { index in
            let place = path + [IndexKey(index)]
            do {
                return try run.decode(Element.self, from: items[index], at: place)
            } catch {
                run.record(error)
                return nil
            }
        }
    }
}

extension Dictionary: GatheringCollection where Key == String, Value: Decodable {
    static func gather(from node: YAMLNode, in run: DecodingRun, at path: [any CodingKey]) throws -> [String: Value] {
        guard case .mapping(let pairs) = node.content else {
            throw run.mismatch(expected: "a mapping (`key: value`)", node, path)
        }
        var result: [String: Value] = [:]
        for pair in pairs {
            let place = path + [NameKey(pair.key)]
            do {
                result[pair.key] = try run.decode(Value.self, from: pair.value, at: place)
            } catch {
                run.record(error)
            }
        }
        return result
    }
}

/// A stand-in for a value that failed, or nil where the type has none.
func blankValue<T>(of type: T.Type) -> T? {
    func firstCase<Cases: CaseIterable>(_ type: Cases.Type) -> Any? { Cases.allCases.first }
    if let type = type as? any Blank.Type { return type.blank as? T }
    if let type = type as? any CaseIterable.Type { return firstCase(type) as? T }
    return nil
}

/// The texts of an enumeration's cases, where it is one with texts.
func caseNames(of type: Any.Type) -> [String]? {
    func names<Cases: CaseIterable>(_ type: Cases.Type) -> [String] {
        Cases.allCases.compactMap { ($0 as? any RawRepresentable)?.rawValue as? String }
    }
    guard let type = type as? any CaseIterable.Type, case let names = names(type), !names.isEmpty else { return nil }
    return names
}

/// A type with an empty value.
protocol Blank {
    static var blank: Self { get }
}

extension String: Blank { static var blank: String { "" } }
extension Bool: Blank { static var blank: Bool { false } }
extension Int: Blank { static var blank: Int { 0 } }
extension Double: Blank { static var blank: Double { 0 } }
extension Optional: Blank { static var blank: Wrapped? { nil } }
extension Array: Blank { static var blank: [Element] { [] } }
extension Dictionary: Blank { static var blank: [Key: Value] { [:] } }

/// A position in a list, for key paths.
struct IndexKey: CodingKey {
    let intValue: Int?
    var stringValue: String { intValue.map { "Index \($0)" } ?? "" }
    init(_ index: Int) { intValue = index }
    init?(intValue: Int) { self.init(intValue) }
    init?(stringValue: String) { nil }
}

/// A key that is only known at run time, for key paths.
struct NameKey: CodingKey {
    let stringValue: String
    var intValue: Int? { nil }
    init(_ name: String) { stringValue = name }
    init?(stringValue: String) { self.init(stringValue) }
    init?(intValue: Int) { nil }
}
