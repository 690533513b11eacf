import { chmodSync, existsSync, mkdirSync } from 'node:fs'
import { dirname } from 'node:path'
import { DatabaseSync } from 'node:sqlite'

import { Problem } from '../../core/problem.ts'
import { diskProblem } from './files.ts'
import { migrations } from './migrations.ts'

/**
 * The SQLite file of the data folder (mode 0600, write-ahead log, full sync: a power cut loses nothing
 * that was acknowledged). Journal and history share it, so it is opened once.
 *
 * Only the first write makes the file: who only looks leaves no trace. Throws Problem `disk/…`.
 */
export type Database = {
  /** `undefined` while nothing was ever written. */
  read<T>(use: (database: DatabaseSync) => T): T | undefined
  /** One transaction: all of it, or nothing. */
  write<T>(use: (database: DatabaseSync) => T): T
  close(): void
}

export function openDatabase(path: string): Database {
  let open = existsSync(path) ? attempt(path, () => openFile(path)) : undefined
  return {
    read: (use) => open && use(open),
    write: (use) =>
      attempt(path, () => {
        open ??= openFile(path)
        return transaction(open, use)
      }),
    close() {
      open?.close()
      open = undefined
    },
  }
}

function openFile(path: string): DatabaseSync {
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 })
  const database = new DatabaseSync(path)
  try {
    chmodSync(path, 0o600)
    database.exec(
      'PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA busy_timeout = 5000;',
    )
    migrate(database, path)
    return database
  } catch (error) {
    database.close()
    throw error
  }
}

/** Each migration once, in order, and with its number in the same transaction. */
function migrate(database: DatabaseSync, path: string): void {
  if (versionOf(database) === migrations.length) return
  transaction(database, () => {
    // Another process may have been faster.
    const version = versionOf(database)
    if (version > migrations.length)
      throw new Problem('disk/newer-database', `${path} was written by a newer Gatehouse`, {
        hint: 'update this Gatehouse, or give it another data folder',
      })
    for (const migration of migrations.slice(version)) database.exec(migration)
    database.exec(`PRAGMA user_version = ${migrations.length}`)
  })
}

const versionOf = (database: DatabaseSync): number =>
  Number(database.prepare('PRAGMA user_version').get()?.['user_version'] ?? 0)

/** `IMMEDIATE`: another process waits its turn at the beginning, not in the middle. */
function transaction<T>(database: DatabaseSync, use: (database: DatabaseSync) => T): T {
  database.exec('BEGIN IMMEDIATE')
  try {
    const result = use(database)
    database.exec('COMMIT')
    return result
  } catch (error) {
    if (database.isTransaction) database.exec('ROLLBACK')
    throw error
  }
}

function attempt<T>(path: string, act: () => T): T {
  try {
    return act()
  } catch (cause) {
    if (cause instanceof Problem) throw cause
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
