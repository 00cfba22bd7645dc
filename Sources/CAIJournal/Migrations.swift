// Owns the journal's schema, as an append-only list of migrations.
// Never edited once released: a change is a new migration at the end.

import GRDB

extension Journal {
    static var migrator: DatabaseMigrator {
        var migrator = DatabaseMigrator()
        migrator.registerMigration("1: tasks, jobs, ledger, events") { database in
            try database.execute(
                sql: """
                    CREATE TABLE task (
                        id INTEGER PRIMARY KEY AUTOINCREMENT,
                        queue TEXT NOT NULL, name TEXT NOT NULL,
                        inode INTEGER NOT NULL, sha256 TEXT NOT NULL,
                        run TEXT NOT NULL UNIQUE,
                        state TEXT NOT NULL,
                        claimed_at REAL NOT NULL, finished_at REAL,
                        outcome TEXT,
                        step TEXT, phase TEXT, fraction REAL, eta_s REAL, progress_at REAL
                    );
                    CREATE INDEX task_by_name ON task (queue, name);
                    CREATE INDEX task_by_state ON task (state);
                    CREATE TABLE job (
                        id TEXT PRIMARY KEY, task TEXT NOT NULL, step TEXT NOT NULL, kind TEXT NOT NULL, pod TEXT NOT NULL,
                        state TEXT NOT NULL, started_at REAL NOT NULL, ended_at REAL, starts INTEGER NOT NULL
                    );
                    CREATE TABLE ledger (
                        id INTEGER PRIMARY KEY AUTOINCREMENT,
                        at REAL NOT NULL, job TEXT UNIQUE,
                        pod TEXT NOT NULL, task TEXT NOT NULL, step TEXT NOT NULL,
                        seconds REAL NOT NULL, usd REAL NOT NULL, what TEXT NOT NULL
                    );
                    CREATE TABLE event (
                        id INTEGER PRIMARY KEY AUTOINCREMENT,
                        at REAL NOT NULL, actor TEXT NOT NULL, target TEXT NOT NULL, message TEXT NOT NULL
                    );
                    """)
        }
        migrator.registerMigration("2: claims counted, approvals, processes") { database in
            try database.execute(
                sql: """
                    ALTER TABLE task ADD COLUMN claims INTEGER NOT NULL DEFAULT 1;
                    CREATE TABLE approval (
                        queue TEXT NOT NULL, name TEXT NOT NULL,
                        nonce TEXT NOT NULL, asked_at REAL NOT NULL, approved_at REAL,
                        PRIMARY KEY (queue, name)
                    );
                    CREATE TABLE process (
                        id TEXT PRIMARY KEY, run TEXT NOT NULL, purpose TEXT NOT NULL, command TEXT NOT NULL,
                        started_at REAL NOT NULL, ended_at REAL, outcome TEXT
                    );
                    CREATE INDEX event_by_target ON event (target);
                    """)
        }
        migrator.registerMigration("3: machines, meter, checkpoints") { database in
            try database.execute(
                sql: """
                    CREATE TABLE machine (
                        name TEXT PRIMARY KEY, provider TEXT NOT NULL, id TEXT UNIQUE, is_ours INTEGER NOT NULL,
                        asked_at REAL NOT NULL, made_at REAL, gone_at REAL, state TEXT,
                        metered_from REAL, metered_until REAL,
                        usd_per_hour REAL NOT NULL DEFAULT 0, storage_usd_per_hour REAL NOT NULL DEFAULT 0
                    );
                    ALTER TABLE ledger ADD COLUMN bucket REAL;
                    ALTER TABLE ledger ADD COLUMN note TEXT;
                    CREATE UNIQUE INDEX ledger_by_bucket ON ledger (pod, bucket, task, step, what) WHERE bucket IS NOT NULL;
                    CREATE TABLE checkpoint (
                        run TEXT NOT NULL, step TEXT NOT NULL, seq INTEGER NOT NULL,
                        job TEXT NOT NULL, pod_seq INTEGER NOT NULL,
                        manifest_sha256 TEXT NOT NULL, bytes INTEGER NOT NULL, at REAL NOT NULL,
                        PRIMARY KEY (run, step, seq)
                    );
                    CREATE INDEX checkpoint_by_job ON checkpoint (job);
                    CREATE TABLE standing (name TEXT PRIMARY KEY, json TEXT NOT NULL, at REAL NOT NULL);
                    """)
        }
        migrator.registerMigration("4: which machine another one replaces") { database in
            try database.execute(sql: "ALTER TABLE machine ADD COLUMN replaces TEXT")
        }
        return migrator
    }
}
