import { z } from 'zod'

import type { Journal, JournalEntry } from '../../core/journal.ts'
import { safeguardNames } from '../../core/safeguard.ts'
import type { Database } from './database.ts'

const row = z.object({
  id: z.number(),
  run: z.string(),
  at: z.string(),
  safeguard: z.enum(safeguardNames),
  says: z.string(),
  does: z.string(),
  outcome: z.enum(['started', 'done', 'could-not-confirm', 'undone']),
})

/** The journal in the database of the data folder. Throws Problem `disk/…`. */
export function openJournal(database: Database): Journal {
  return {
    starts: (run, safeguard, step, at) =>
      database.write((db) => {
        const { lastInsertRowid } = db
          .prepare(
            'INSERT INTO step (run, at, safeguard, says, does, outcome) VALUES (?, ?, ?, ?, ?, ?)',
          )
          .run(run, at.toISOString(), safeguard, step.says, JSON.stringify(step.does), 'started')
        return Number(lastInsertRowid)
      }),
    ends(id, outcome) {
      database.write((db) =>
        db.prepare('UPDATE step SET outcome = ? WHERE id = ?').run(outcome, id),
      )
    },
    open: () =>
      database.read((db) =>
        db
          .prepare("SELECT * FROM step WHERE outcome <> 'undone' ORDER BY id DESC")
          .all()
          .map(entryOf),
      ) ?? [],
  }
}

function entryOf(found: unknown): JournalEntry {
  const { at, does, ...rest } = row.parse(found)
  const data: unknown = JSON.parse(does)
  return { ...rest, at: new Date(at), does: data }
}
