// Owns turning a list of words into the one line that SSH carries to the other side's shell, so that the shell gives exactly
// these words to the program.
// Never leaves a character to the shell's judgement.

import SystemPackage

public enum ShellCommand {
    /// What one request can carry; libssh2 sends it as one packet.
    static let longest = 30_000

    /// The words as one line for a POSIX shell, which replaces itself by the program.
    /// - Throws: `.refused` where no shell could pass the words on.
    public static func line(_ words: [String]) throws(GPUError) -> String {
        guard let program = words.first, !program.isEmpty else {
            throw GPUError(.refused, "no command was given")
        }
        var quoted = ["exec"]
        for word in words { quoted.append(try quote(word)) }
        let line = quoted.joined(separator: " ")
        guard line.utf8.count <= longest else {
            throw GPUError(
                .refused,
                "the command \(program) has \(line.utf8.count) bytes of arguments; at most \(longest) are sent")
        }
        return line
    }

    /// A word in single quotes, within which nothing but the single quote means anything.
    static func quote(_ word: String) throws(GPUError) -> String {
        guard !word.utf8.contains(0) else {
            throw GPUError(.refused, "an argument holds a NUL character, which no program can be given")
        }
        return "'" + word.split(separator: "'", omittingEmptySubsequences: false).joined(separator: #"'\''"#) + "'"
    }
}
