// Owns: how far a finding and a group of findings go: up to the next thing of the same rank.
// People indent carelessly: a bullet under a number belongs to it however it is indented.
// Never reads words except to see that something new begins.

extension MarkedLines {
    /// Where the finding that begins at the line ends.
    func end(of index: Int, _ limit: Int) -> Int {
        let line = lines[index]
        let following = (index + 1)..<max(limit, index + 1)
        switch line.kind {
        case .heading(let level):
            return following.first { next in
                guard let other = lines[next].headingLevel else { return false }
                return other <= level || level == 1 || starts[next] != nil || marks[next] != nil
                    || groups[next] != nil
            } ?? limit
        case .item(let indentation, let isNumbered):
            return following.first { next in
                let other = lines[next]
                if other.headingLevel != nil || other.kind == .rule { return true }
                if case .item(let column, let isOtherNumbered) = other.kind {
                    return column < indentation
                        || (column <= indentation + 1 && (!isNumbered || isOtherNumbered || isBreak(next)))
                }
                let isOutside = other.kind == .paragraph && other.indentation < 2 && lines[next - 1].kind == .blank
                return isOutside && (!isNumbered || isBreak(next)) && !isField[next]
            } ?? limit
        default:
            return following.first { next in
                let other = lines[next]
                if other.headingLevel != nil || other.kind == .rule { return true }
                let isStart = other.indentation < 2 && (lines[next - 1].kind == .blank || other.isPseudoHeading)
                return (isStart && isBreak(next))
                    || (marks[next] != nil && !isField[next])
            } ?? limit
        }
    }

    /// Whether something new begins at an unindented line.
    func isBreak(_ index: Int) -> Bool {
        let line = lines[index]
        if starts[index] != nil { return true }
        if isField[index] { return false }
        if marks[index] != nil { return true }
        if groups[index] != nil || (line.isPseudoHeading && line.text.isBold) { return true }
        return VerdictField(line.plain).map { $0.strength == .strong } ?? false
    }

    func groupEnd(of index: Int, _ limit: Int) -> Int {
        let following = (index + 1)..<max(limit, index + 1)
        if let level = lines[index].headingLevel { return headingGroupEnd(level, following) ?? limit }
        if let column = lines[index].itemIndentation { return itemGroupEnd(column, following) ?? limit }
        var hasItems = false
        for next in following {
            let other = lines[next]
            if other.headingLevel != nil || other.kind == .rule { return next }
            hasItems = hasItems || other.isItem
            guard other.kind == .paragraph, other.indentation < 2, !isField[next] else { continue }
            if groups[next] != nil || marks[next] != nil { return next }
            if other.isPseudoHeading, hasItems || !other.text.isBold { return next }
            if VerdictField(other.plain)?.strength == .strong { return next }
        }
        return limit
    }

    private func headingGroupEnd(_ level: Int, _ following: Range<Int>) -> Int? {
        following.first { (lines[$0].headingLevel ?? .max) <= level }
    }

    private func itemGroupEnd(_ indentation: Int, _ following: Range<Int>) -> Int? {
        following.first { next in
            if let column = lines[next].itemIndentation { return column <= indentation }
            let isOutside = lines[next].indentation < 2 && lines[next - 1].kind == .blank
            return lines[next].headingLevel != nil || lines[next].kind == .rule
                || (lines[next].kind == .paragraph && isOutside)
        }
    }
}
