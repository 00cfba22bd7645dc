// Owns breaking a journal from outside, as another program might.
// Never used on a journal that a test still wants whole.

import GRDB
import SystemPackage

/// Makes every write of an event fail.
func damageEvents(_ path: FilePath) throws {
    try DatabaseQueue(path: path.string).write {
        try $0.execute(
            sql: "CREATE TRIGGER no_events BEFORE INSERT ON event BEGIN SELECT RAISE(ABORT, 'no events'); END")
    }
}
