/**
 * The shape of the database, one migration after the other; its version is how many were applied
 * (`PRAGMA user_version`). Add to the end, never change one that was released.
 */
export const migrations: readonly string[] = [
  // The first release made the journal without a version.
  `CREATE TABLE IF NOT EXISTS step (
    id INTEGER PRIMARY KEY,
    run TEXT NOT NULL,
    at TEXT NOT NULL,
    safeguard TEXT NOT NULL,
    says TEXT NOT NULL,
    does TEXT NOT NULL,
    outcome TEXT NOT NULL
  ) STRICT;`,

  `CREATE TABLE finding (
    id INTEGER PRIMARY KEY,
    code TEXT NOT NULL,
    severity TEXT NOT NULL,
    link TEXT NOT NULL,
    says TEXT NOT NULL,
    hint TEXT,
    opened TEXT NOT NULL,
    mended TEXT,
    told TEXT NOT NULL DEFAULT 'nothing'
  ) STRICT;
  -- A code is open once, whoever writes.
  CREATE UNIQUE INDEX finding_open ON finding (code) WHERE mended IS NULL;
  CREATE TABLE proof (
    id INTEGER PRIMARY KEY,
    code TEXT NOT NULL,
    at TEXT NOT NULL,
    outcome TEXT NOT NULL,
    says TEXT NOT NULL,
    evidence TEXT NOT NULL
  ) STRICT;
  CREATE INDEX proof_code ON proof (code, id);`,
]
