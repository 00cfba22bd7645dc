// Owns: recognising, line by line, what programs say about themselves: errors, stack traces, usage, banners.
// A stack trace or a usage text goes on over its indented lines.
// Never decides whether a whole output is a review.

/// Lines that no reviewer wrote.
struct ProgramNoise {
    /// The first line that is an error, as printed.
    private(set) var firstError: String?
    private var isInBlock = false

    /// Whether the line is noise.
    mutating func takes(_ line: String) -> Bool {
        let trimmed = Self.withoutFront(line)
        let lower = trimmed.lowercased()
        let isIndented = line.first?.isWhitespace ?? false
        if Self.opensBlock(lower) {
            isInBlock = true
            firstError = firstError ?? (lower.hasPrefix("usage") ? nil : line)
            return true
        }
        if Self.isError(lower, trimmed) {
            firstError = firstError ?? line
            return true
        }
        if isInBlock {
            if isIndented || Self.isFrame(lower) || Self.isOption(trimmed) { return true }
            isInBlock = false
        }
        return Self.isFrame(lower) || Self.isBanner(lower)
    }

    /// Without a time stamp, a bracket or a sign in front.
    private static func withoutFront(_ line: String) -> String {
        var rest = line.drop { !($0.isLetter || $0.isNumber || "[(\"{'#<^-".contains($0)) }
        if rest.first == "[", let close = rest.firstIndex(of: "]"), rest[..<close].dropFirst().first?.isNumber == true {
            rest = rest[rest.index(after: close)...].drop { $0.isWhitespace }
        }
        if rest.first == "[" || rest.first == "(" { rest = rest.dropFirst() }
        return String(rest)
    }

    private static func opensBlock(_ lower: String) -> Bool {
        [
            "traceback (most recent call last)", "usage:", "stack backtrace:", "stack trace:", "goroutine ",
            "thread 'main' panicked",
            "panic:", "options:", "commands:", "arguments:",
        ].contains { lower.hasPrefix($0) }
    }

    private static func isError(_ lower: String, _ line: String) -> Bool {
        if starts.contains(where: { lower.hasPrefix($0) }) { return true }
        if parts.contains(where: { lower.contains($0) }), lower.count < 300 { return true }
        if ends.contains(where: { lower.hasSuffix($0) }) { return true }
        // `TypeError: …`, `openai.RateLimitError: …`
        let name = line.prefix { $0.isLetter || $0.isNumber || $0 == "." || $0 == "_" }
        let rest = line.dropFirst(name.count)
        return ["Error", "Exception"].contains { name.hasSuffix($0) && name.count > $0.count }
            && (rest.isEmpty || rest.first == ":")
    }

    private static let starts = [
        "error:", "error [", "error(", "error code", "fatal:", "fatal error", "fatal exception", "uncaught",
        "unhandled",
        "warning:", "deprecationwarning", "npm err", "npm error", "npm warn", "bash:", "sh:", "/bin/sh:", "zsh:",
        "env:",
        "exec:", "timeout:", "killed", "segmentation fault", "aborted", "api error", "execution error", "http error",
        "stream error", "network error", "connection error", "error executing", "error when", "error while",
        "internal error",
        "failed to connect", "failed to load", "failed to start", "failed to authenticate", "failed to fetch",
        "failed to spawn", "failed to execute", "failed to initialize", "failed to login", "could not connect",
        "could not resolve", "unable to connect", "invalid api key", "not logged in", "please log in",
        "please run /login",
        "please set an auth method", "credit balance is too low", "you exceeded your", "you've hit your",
        "you have hit your",
        "claude ai usage limit", "quota exceeded", "rate limit", "unexpected argument", "unrecognized option",
        "unknown option", "\"error\"", "{\"error\"", "{ \"error\"", "{\"type\":\"error\"", "attempt 1 failed",
        "attempt 2 failed",
        "attempt 3 failed", "caused by:", "missing required argument", "illegal instruction", "bus error",
        "out of memory",
    ]
    private static let parts = [
        "stdout is not a terminal", "stdin is not a terminal", "stdin is not a tty", "is not a tty",
        "command not found",
        "raw mode is not supported", "(operation not permitted)", "econnrefused", "etimedout", "enotfound", "eacces:",
        "enoent:",
        "[api error", "resource_exhausted", "overloaded_error", "rate_limit_error", "authentication_error",
        "invalid_request_error",
    ]
    private static let ends = [
        ": no such file or directory", ": permission denied", ": not found", "connection refused",
        "connection reset by peer",
        "(core dumped)", ": is a directory", ": exec format error", "for more information, try '--help'.",
        "run with --help for usage.",
    ]

    private static func isFrame(_ lower: String) -> Bool {
        if lower.hasPrefix("at "), lower.contains(":"), lower.hasSuffix(")") || lower.last?.isNumber == true {
            return true
        }
        if lower.hasPrefix("file \""), lower.contains(", line ") { return true }
        return [
            "in <module>", "^^", "node:", "node.js v", "#0 0x", "#1 0x", "#2 0x", "note: run with `rust_backtrace",
            "throw new ", "throw err",
        ]
        .contains { lower.hasPrefix($0) }
    }

    /// `-x, --long VALUE  text`.
    private static func isOption(_ line: String) -> Bool {
        let next = line.dropFirst().first
        return line.first == "-" && (next == "-" || next?.isLetter == true)
    }

    /// What agent programs print before they work.
    private static func isBanner(_ lower: String) -> Bool {
        if lower.allSatisfy({ "-=_".contains($0) }) { return true }
        return [
            "openai codex v", "loaded cached credentials", "reading prompt from stdin", "workdir:", "model:",
            "provider:",
            "approval:", "sandbox:", "reasoning effort:", "reasoning summaries:", "session id:", "tokens used",
            "data collection is disabled",
            "try '", "for more information", "see --help", "tip:", "hint:",
        ].contains { lower.hasPrefix($0) }
    }
}
