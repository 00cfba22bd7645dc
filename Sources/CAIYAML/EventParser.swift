// Owns libyaml's parser: the only importer of CYAML, and the only holder of its pointers.
// Gives Swift events whose places are character offsets, or the parser's complaint.
// Never builds a tree and never decides what is allowed.

internal import CYAML

/// One event of a YAML stream and the character offset it begins at.
struct Event {
    enum Kind {
        case streamStart, streamEnd, documentStart, documentEnd, alias
        case scalar(YAMLScalar)
        case sequenceStart, sequenceEnd, mappingStart, mappingEnd
    }

    var kind: Kind
    var start: Int
    var hasAnchor = false
    var hasTag = false
}

/// Reads events one after the other. libyaml keeps a pointer to the parser and to the input, so both live on the heap.
struct EventParser: ~Copyable {
    private let parser: UnsafeMutablePointer<yaml_parser_t>
    private let input: UnsafeMutableBufferPointer<UInt8>
    private let source: SourceText

    /// - Throws: `YAMLError` where libyaml gets no memory.
    init(_ source: SourceText) throws(YAMLError) {
        let parser = UnsafeMutablePointer<yaml_parser_t>.allocate(capacity: 1)
        guard yaml_parser_initialize(parser) == 1 else {
            parser.deallocate()
            throw source.error(at: source.mark(atByte: 0), "no memory for the YAML parser")
        }
        self.parser = parser
        self.source = source
        input = UnsafeMutableBufferPointer.allocate(capacity: max(1, source.bytes.count))
        _ = input.initialize(from: source.bytes)
        yaml_parser_set_encoding(parser, YAML_UTF8_ENCODING)
        yaml_parser_set_input_string(parser, input.baseAddress, source.bytes.count)
    }

    deinit {
        yaml_parser_delete(parser)
        parser.deallocate()
        input.deallocate()
    }

    /// The next event.
    /// - Throws: `YAMLError` with libyaml's problem at the place it names.
    mutating func next() throws(YAMLError) -> Event {
        var event = yaml_event_t()
        guard yaml_parser_parse(parser, &event) == 1 else { throw problem() }
        defer { yaml_event_delete(&event) }
        var result = Event(kind: .streamStart, start: Int(event.start_mark.index))
        switch event.type {
        case YAML_STREAM_END_EVENT: result.kind = .streamEnd
        case YAML_DOCUMENT_START_EVENT: result.kind = .documentStart
        case YAML_DOCUMENT_END_EVENT: result.kind = .documentEnd
        case YAML_ALIAS_EVENT: result.kind = .alias
        case YAML_SCALAR_EVENT:
            let scalar = event.data.scalar
            let text = String(decoding: UnsafeBufferPointer(start: scalar.value, count: scalar.length), as: UTF8.self)
            result.kind = .scalar(YAMLScalar(text: text, isPlain: scalar.style == YAML_PLAIN_SCALAR_STYLE))
            (result.hasAnchor, result.hasTag) = (scalar.anchor != nil, scalar.tag != nil)
        case YAML_SEQUENCE_START_EVENT:
            let sequence = event.data.sequence_start
            result.kind = .sequenceStart
            (result.hasAnchor, result.hasTag) = (sequence.anchor != nil, sequence.tag != nil)
        case YAML_SEQUENCE_END_EVENT: result.kind = .sequenceEnd
        case YAML_MAPPING_START_EVENT:
            let mapping = event.data.mapping_start
            result.kind = .mappingStart
            (result.hasAnchor, result.hasTag) = (mapping.anchor != nil, mapping.tag != nil)
        case YAML_MAPPING_END_EVENT: result.kind = .mappingEnd
        default: break
        }
        return result
    }

    private func problem() -> YAMLError {
        let said = parser.pointee.problem.map { String(cString: $0) } ?? "the YAML parser gave up"
        // The reader, which checks characters before they are scanned, counts bytes; the others set a mark.
        if parser.pointee.error == YAML_READER_ERROR {
            return source.error(at: source.mark(atByte: Int(parser.pointee.problem_offset)), said)
        }
        let mark = source.mark(atCharacter: Int(parser.pointee.problem_mark.index))
        if mark.offset < source.bytes.count, source.bytes[mark.offset] == UInt8(ascii: "\t") {
            return source.error(at: mark, "a tab cannot indent or begin a value; use spaces (\(said))")
        }
        let context = parser.pointee.context.map { " " + String(cString: $0) } ?? ""
        return source.error(at: mark, said + context)
    }
}
