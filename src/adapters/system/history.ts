import type { DatabaseSync } from 'node:sqlite'
import { z } from 'zod'

import { chain } from '../../core/chain.ts'
import { isFindingCode, type FindingCode } from '../../core/codes.ts'
import type { FindingRecord, History, ProofRecord } from '../../core/history.ts'
import type { Proof } from '../../core/proof.ts'
import type { Database } from './database.ts'

/** Years of an uneventful home, and a bound for a home where something flaps every few minutes. */
const usual = { findings: 1000, proofs: 2000 }

const code = z.custom<FindingCode>((value) => typeof value === 'string' && isFindingCode(value))
const moment = z.string().transform((text) => new Date(text))
const findingRow = z.object({
  id: z.number(),
  code,
  severity: z.enum(['broken', 'weak', 'notice']),
  link: z.enum(chain),
  says: z.string(),
  hint: z.string().nullable(),
  opened: moment,
  mended: moment.nullable(),
  told: z.enum(['nothing', 'opened', 'mended']),
})
const evidence = z.array(
  z.object({ asked: z.string(), from: z.string(), answered: z.string(), at: z.string() }),
)
const proofRow = z.object({
  code,
  at: moment,
  outcome: z.enum(['held', 'broken', 'unknown']),
  says: z.string(),
  evidence: z.string().transform((text) => evidence.parse(JSON.parse(text))),
})

/** The history in the database of the data folder. Throws Problem `disk/…`. */
export function openHistory(database: Database, kept: typeof usual = usual): History {
  return {
    opened: ({ code: opened, severity, link, says, hint, opened: at }) =>
      openOf(database, opened)
        ? undefined
        : database.write((db) => {
            db.prepare(
              `INSERT INTO finding (code, severity, link, says, hint, opened) VALUES (?, ?, ?, ?, ?, ?)
               ON CONFLICT (code) WHERE mended IS NULL DO NOTHING`,
            ).run(opened, severity, link, says, hint, at.toISOString())
            forgetOld(db, 'finding', kept.findings)
            return selectOpen(db, opened)
          }),
    mended(mended, at) {
      const open = openOf(database, mended)
      if (!open) return undefined
      database.write((db) =>
        db
          .prepare('UPDATE finding SET mended = ? WHERE id = ? AND mended IS NULL')
          .run(at.toISOString(), open.id),
      )
      return { ...open, mended: at }
    },
    told(id, what) {
      database.write((db) => db.prepare('UPDATE finding SET told = ? WHERE id = ?').run(what, id))
    },
    current: () =>
      rows(
        database,
        "SELECT * FROM finding WHERE mended IS NULL OR told = 'opened' ORDER BY id",
        findingRow,
      ),
    proven(proofs, at) {
      const before = database.read(lastOutcomes) ?? new Map<string, string>()
      const changed = proofs.filter((proof) => before.get(proof.code) !== proof.outcome)
      if (changed.length === 0) return
      database.write((db) => {
        for (const proof of changed) insertProof(db, proof, at)
        forgetOld(db, 'proof', kept.proofs)
      })
    },
    findings: (atMost): readonly FindingRecord[] =>
      rows(database, `SELECT * FROM finding ORDER BY id DESC LIMIT ${atMost}`, findingRow),
    proofs: (atMost): readonly ProofRecord[] =>
      rows(database, `SELECT * FROM proof ORDER BY id DESC LIMIT ${atMost}`, proofRow),
  }
}

/** A code that an older or newer Gatehouse knew and this one does not is passed over. */
const rows = <T>(database: Database, sql: string, schema: z.ZodType<T>): readonly T[] =>
  (database.read((db) => db.prepare(sql).all()) ?? []).flatMap((row) => {
    const read = schema.safeParse(row)
    return read.success ? [read.data] : []
  })

const openOf = (database: Database, open: FindingCode): FindingRecord | undefined =>
  database.read((db) => selectOpen(db, open))

function selectOpen(db: DatabaseSync, open: FindingCode): FindingRecord | undefined {
  const row = db.prepare('SELECT * FROM finding WHERE code = ? AND mended IS NULL').get(open)
  return row && findingRow.parse(row)
}

/** The last outcome of each code. A code may be proven several ways; the worst of one moment is kept by the verdict. */
function lastOutcomes(db: DatabaseSync): ReadonlyMap<string, string> {
  const found = db
    .prepare(
      'SELECT code, outcome FROM proof WHERE id IN (SELECT max(id) FROM proof GROUP BY code)',
    )
    .all()
  return new Map(found.map((row) => [String(row['code']), String(row['outcome'])]))
}

function insertProof(db: DatabaseSync, proof: Proof, at: Date): void {
  db.prepare('INSERT INTO proof (code, at, outcome, says, evidence) VALUES (?, ?, ?, ?, ?)').run(
    proof.code,
    at.toISOString(),
    proof.outcome,
    proof.says,
    JSON.stringify(proof.evidence),
  )
}

/** What is open is never forgotten, and of each proof the last outcome is kept. */
function forgetOld(db: DatabaseSync, table: 'finding' | 'proof', atMost: number): void {
  const needed = {
    finding: 'mended IS NULL',
    proof: 'id IN (SELECT max(id) FROM proof GROUP BY code)',
  }[table]
  db.prepare(
    `DELETE FROM ${table} WHERE id <= (SELECT max(id) FROM ${table}) - ? AND NOT (${needed})`,
  ).run(atMost)
}
