// Owns the race for one document between us, who add lines, and a person's editor in a process of its own, which saves in
// one of the three ways that editors have. After a save the editor looks whether what it saved is there.
// Never measures time: the editor looks once the update that its save may have fallen into is over.

import CAISystem
import Foundation
import SystemPackage
import TestSupport
import Testing

/// How an editor saves.
enum SavingStyle: String, CaseIterable, Sendable {
    /// Truncates the file and writes it.
    case inPlace
    /// Writes another file and renames it over.
    case rename
    /// Renames the file away, creates it anew, removes the old one: vim.
    case renameAway
}

@Suite(.serialized)
struct SharedDocumentRaceTests {
    /// In each style; `CAID_RACE_SAVES=12000` for a thorough run.
    private static let saves = ProcessInfo.processInfo.environment["CAID_RACE_SAVES"].flatMap { Int($0) } ?? 1000
    private static let hasPython = FileManager.default.isExecutableFile(atPath: "/usr/bin/python3")

    /// Every save stands in the document when the update is over, or was set aside; and so do all our lines.
    @Test(.enabled(if: hasPython, "needs /usr/bin/python3"), arguments: SavingStyle.allCases)
    func nothingSavedIsDestroyed(style: SavingStyle) throws {
        let race = try Race(style, saves: Self.saves)
        var aside: [FilePath] = []
        try race.run { number in
            // A folder of its own now and then, so that no update has thousands of files to look through.
            if number % 10 == 0 { aside.append(race.folder["displaced-\(number / 10)"]) }
            let document = SharedDocument(files: RealFiles(), displaced: aside[aside.count - 1], clock: race.clock)
            // Renamed away at this moment.
            do { try document.update(race.path, edit: appending("ours \(number)")) } catch Errno.noSuchFileOrDirectory {
            }
        }
        #expect(race.saved == Self.saves)
        #expect(race.duringUpdate > Self.saves / 10, "hardly any save fell into an update: that was no race")
        let kept = try aside.filter { try RealFiles().status($0) != nil }.flatMap { folder in
            try RealFiles().files(below: folder).map {
                try String(decoding: RealFiles().read(folder.pushing(FilePath($0))), as: UTF8.self)
            }
        }
        for save in race.missing {
            #expect(kept.contains { $0.hasPrefix(Race.text(of: save)) }, "save \(save) is nowhere")
        }
        let (text, last) = (try race.folder.text("t.md"), Race.text(of: Self.saves))
        #expect(
            text.hasPrefix(last)
                && text.dropFirst(last.count).split(separator: "\n").allSatisfy { $0.hasPrefix("ours ") })
    }

    /// The controls: the same race catches protocols that destroy saves.
    @Test(.enabled(if: hasPython, "needs /usr/bin/python3"), arguments: SavingStyle.allCases, [false, true])
    func aRenameDestroysSaves(style: SavingStyle, compared: Bool) throws {
        let race = try Race(style, saves: 200_000)
        try race.run(untilOneIsMissing: true) { number in
            guard let old = try? RealFiles().read(race.path) else { return }
            let new = appending("ours \(number)")(old)
            let temporary = race.folder["new"]
            try RealFiles().create(temporary, bytes: new, mode: .ownerReadWrite)
            if compared, (try? RealFiles().read(race.path)) != old {
                try RealFiles().remove(temporary)
            } else {
                try RealFiles().rename(temporary, to: race.path, .replace)
            }
        }
        #expect(!race.missing.isEmpty, "\(race.saved) saves, and none destroyed")
    }
}

/// One document, and an editor that saves it a number of times.
private final class Race {
    let folder: TemporaryFolder
    let path: FilePath
    let clock = FixedClock()
    /// Results of the editor.
    private(set) var (saved, duringUpdate) = (0, 0)
    /// Saves that were not in the document once the update was over.
    private(set) var missing: [Int] = []
    private let editor: Process
    private let report: Pipe

    init(_ style: SavingStyle, saves: Int) throws {
        folder = try TemporaryFolder()
        path = try folder.write(Self.text(of: 0), to: "t.md")
        try folder.write("\0", to: "turn")
        editor = Process()
        editor.executableURL = URL(filePath: "/usr/bin/python3")
        editor.arguments = ["-c", Self.editor, style.rawValue, path.string, folder["turn"].string, String(saves)]
        report = Pipe()
        editor.standardOutput = report
    }

    static func text(of save: Int) -> String {
        String(repeating: "save \(save)\n", count: 1 + save % 7) + "end of save \(save)\n"
    }

    /// Lets the editor save, and us update, until it has finished, or, where wanted, until a save was missing.
    func run(untilOneIsMissing: Bool = false, _ update: (Int) throws -> Void) throws {
        let turn = try FileDescriptor.open(folder["turn"], .writeOnly)
        try editor.run()
        defer { if editor.isRunning { editor.terminate() } }
        try turn.closeAfter {
            var number = 0
            while editor.isRunning {
                // Odd while an update is on.
                try turn.writeAll(toAbsoluteOffset: 0, [UInt8(truncatingIfNeeded: number * 2 + 1)])
                try update(number)
                try turn.writeAll(toAbsoluteOffset: 0, [UInt8(truncatingIfNeeded: number * 2 + 2)])
                number += 1
                if untilOneIsMissing, try RealFiles().status(folder["turn.missing"]) != nil { break }
            }
        }
        editor.terminate()
        editor.waitUntilExit()
        for line in String(decoding: report.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self).split(
            separator: "\n")
        {
            let words = line.split(separator: " ").compactMap { Int($0) }
            if line.hasPrefix("missing") { missing += words } else { (saved, duringUpdate) = (words[0], words[1]) }
        }
    }

    private static let editor = """
        import os, random, signal, sys, time
        style, path, turns, saves = sys.argv[1], sys.argv[2], sys.argv[3], int(sys.argv[4])
        random.seed(style)
        turn_file = os.open(turns, os.O_RDONLY)
        turn = lambda: os.pread(turn_file, 1, 0)[0]
        saved = during = 0

        def write(name, text):
            file = os.open(name, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o644)
            # Some write at once, some in two pieces, some think in between.
            cut = random.choice([0, len(text), random.randrange(len(text))])
            os.write(file, text[:cut])
            if random.random() < 0.3: time.sleep(random.random() * 0.002)
            os.write(file, text[cut:])
            os.close(file)

        def save(text):
            if style == "inPlace":
                write(path, text)
            elif style == "rename":
                write(path + ".new", text)
                os.rename(path + ".new", path)
            else:
                os.rename(path, path + "~")
                write(path, text)
                os.unlink(path + "~")

        stopped = []
        signal.signal(signal.SIGTERM, lambda *_: stopped.append(1))
        signal.pthread_sigmask(signal.SIG_UNBLOCK, [signal.SIGTERM])
        parent = os.getppid()

        for number in range(1, saves + 1):
            if stopped or os.getppid() != parent: break
            text = (f"save {number}\\n" * (1 + number % 7) + f"end of save {number}\\n").encode()
            time.sleep(random.random() * 0.001)
            save(text)
            saved = number
            # Some saves follow at once upon another, which they overwrite.
            if random.random() < 0.7 and number < saves: continue
            now = turn()
            if now % 2:
                during += 1
                while turn() == now and not stopped and os.getppid() == parent: time.sleep(0.0001)
                if stopped: break
            if not open(path, "rb").read().startswith(text):
                print("missing", number, flush=True)
                open(turns + ".missing", "w").close()
        print(saved, during)
        """
}
