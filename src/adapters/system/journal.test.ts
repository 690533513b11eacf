import assert from 'node:assert/strict'
import { existsSync, statSync, writeFileSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'

import { openDatabase } from './database.ts'
import { openJournal } from './journal.ts'

test('a step is in the journal before it ends, survives a restart, and is gone when undone', async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'gatehouse-journal-'))
  t.after(() => rm(folder, { recursive: true }))
  const path = join(folder, 'data', 'gatehouse.sqlite')
  const at = new Date('2026-11-24T10:00:00Z')

  const firstTime = openDatabase(path)
  const first = openJournal(firstTime)
  assert.deepEqual(first.open(), [])
  assert.equal(existsSync(path), false, 'a look leaves no trace')
  const one = first.starts(
    'run-1',
    'dns-record',
    { says: 'create A', does: { verb: 'create', was: null } },
    at,
  )
  const two = first.starts('run-1', 'edge-rules', { says: 'add a rule', does: { verb: 'add' } }, at)
  first.ends(one, 'done')
  firstTime.close()
  assert.equal(statSync(path).mode & 0o777, 0o600)

  const secondTime = openDatabase(path)
  const second = openJournal(secondTime)
  assert.deepEqual(
    second
      .open()
      .map(({ id, safeguard, outcome, does, at: when }) => [id, safeguard, outcome, does, when]),
    [
      [two, 'edge-rules', 'started', { verb: 'add' }, at],
      [one, 'dns-record', 'done', { verb: 'create', was: null }, at],
    ],
  )
  second.ends(two, 'undone')
  assert.deepEqual(
    second.open().map(({ id }) => id),
    [one],
  )
  secondTime.close()
})

test('a damaged journal says so instead of starting anew', async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'gatehouse-journal-'))
  t.after(() => rm(folder, { recursive: true }))
  const path = join(folder, 'gatehouse.sqlite')
  writeFileSync(
    path,
    'this is not a database, but long enough to look like something else entirely'.repeat(20),
  )
  assert.throws(() => openDatabase(path), { code: 'disk/journal-damaged' })
})
