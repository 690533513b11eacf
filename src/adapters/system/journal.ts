import { chmodSync, existsSync, mkdirSync } from 'node:fs'
import { dirname } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { z } from 'zod'

import type { Journal, JournalEntry } from '../../core/journal.ts'
import { Problem } from '../../core/problem.ts'
import { safeguardNames } from '../../core/safeguard.ts'
import { diskProblem } from './files.ts'

const row = z.object({
  id: z.number(),
  run: z.string(),
  at: z.string(),
  safeguard: z.enum(safeguardNames),
  says: z.string(),
  does: z.string(),
  outcome: z.enum(['started', 'done', 'could-not-confirm', 'undone']),
})

/**
 * The journal in an SQLite file (mode 0600, write-ahead log, full sync: a power cut loses no entry).
 *
 * The file is only made by the first write: a look leaves no trace. Throws Problem `disk/…`.
 */
export function openJournal(path: string): Journal {
  let database: DatabaseSync | undefined = existsSync(path) ? openDatabase(path) : undefined
  const forWriting = () => (database ??= openDatabase(path))
  return {
    starts(run, safeguard, step, at) {
      return attempt(path, () => {
        const { lastInsertRowid } = forWriting()
          .prepare(
            'INSERT INTO step (run, at, safeguard, says, does, outcome) VALUES (?, ?, ?, ?, ?, ?)',
          )
          .run(run, at.toISOString(), safeguard, step.says, JSON.stringify(step.does), 'started')
        return Number(lastInsertRowid)
      })
    },
    ends(id, outcome) {
      attempt(path, () =>
        forWriting().prepare('UPDATE step SET outcome = ? WHERE id = ?').run(outcome, id),
      )
    },
    open() {
      if (!database) return []
      const rows = database
        .prepare("SELECT * FROM step WHERE outcome <> 'undone' ORDER BY id DESC")
        .all()
      return rows.map(entryOf)
    },
    close() {
      database?.close()
      database = undefined
    },
  }
}

function openDatabase(path: string): DatabaseSync {
  return attempt(path, () => {
    mkdirSync(dirname(path), { recursive: true, mode: 0o700 })
    const database = new DatabaseSync(path)
    chmodSync(path, 0o600)
    database.exec(`
      PRAGMA journal_mode = WAL;
      PRAGMA synchronous = FULL;
      PRAGMA busy_timeout = 5000;
      CREATE TABLE IF NOT EXISTS step (
        id INTEGER PRIMARY KEY,
        run TEXT NOT NULL,
        at TEXT NOT NULL,
        safeguard TEXT NOT NULL,
        says TEXT NOT NULL,
        does TEXT NOT NULL,
        outcome TEXT NOT NULL
      ) STRICT;
    `)
    return database
  })
}

function entryOf(found: unknown): JournalEntry {
  const { at, does, ...rest } = row.parse(found)
  const data: unknown = JSON.parse(does)
  return { ...rest, at: new Date(at), does: data }
}

function attempt<T>(path: string, act: () => T): T {
  try {
    return act()
  } catch (cause) {
    const damaged = cause instanceof Error && /malformed|not a database/.test(cause.message)
    if (damaged) {
      throw new Problem('disk/journal-damaged', `${path} is damaged`, {
        hint: `move ${path} away and run the command again; what it recorded can then no longer be undone`,
        cause,
      })
    }
    const full = cause instanceof Error && /disk is full|disk I\/O/.test(cause.message)
    throw diskProblem(
      path,
      full ? Object.assign(new Error('full', { cause }), { code: 'ENOSPC' }) : cause,
    )
  }
}
