import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdtempSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { test, type TestContext } from 'node:test'
import { pathToFileURL } from 'node:url'

import type { FindingCode } from '../../core/codes.ts'
import { broken, held } from '../../core/proof.ts'
import { openDatabase, type Database } from './database.ts'
import { openHistory } from './history.ts'
import { migrations } from './migrations.ts'

const at = (minute: number) => new Date(Date.UTC(2026, 10, 25, 10, minute))

const found = (code: FindingCode, minute: number) => ({
  code,
  severity: 'broken' as const,
  link: 'cloudflare' as const,
  says: `${code} is so`,
  hint: null,
  opened: at(minute),
})

function folderOf(t: TestContext): { path: string; open(): Database } {
  const folder = mkdtempSync(join(tmpdir(), 'gatehouse-history-'))
  const opened: Database[] = []
  t.after(() => {
    for (const database of opened) database.close()
    rmSync(folder, { recursive: true })
  })
  const path = join(folder, 'data', 'gatehouse.sqlite')
  return {
    path,
    open() {
      const database = openDatabase(path)
      opened.push(database)
      return database
    },
  }
}

test('a code is open once, across restarts, until it is mended; what was told is remembered', (t) => {
  const { open, path } = folderOf(t)
  const first = openHistory(open())
  assert.deepEqual(first.current(), [])
  assert.equal(existsSync(path), false, 'who only looks leaves no trace')
  const record = first.opened(found('zone/paused', 0))
  assert.ok(record)
  assert.equal(first.opened(found('zone/paused', 1)), undefined)
  first.told(record.id, 'opened')
  assert.equal(statSync(path).mode & 0o777, 0o600)

  const second = openHistory(open())
  assert.equal(second.opened(found('zone/paused', 2)), undefined, 'still the same finding')
  assert.deepEqual(second.current(), [{ ...record, told: 'opened' }])
  assert.deepEqual(second.mended('zone/paused', at(3)), {
    ...record,
    told: 'opened',
    mended: at(3),
  })
  assert.equal(second.mended('zone/paused', at(4)), undefined)
  assert.equal(second.current().length, 1, 'that it is mended was not told yet')
  second.told(record.id, 'mended')
  assert.deepEqual(second.current(), [])
  assert.equal(second.findings(10).length, 1)
})

test('only a proof with another outcome is written', (t) => {
  const { open, path } = folderOf(t)
  const history = openHistory(open())
  const evidence = [{ asked: 'GET /', from: 'here', answered: '200', at: at(0).toISOString() }]
  const holds = held('origin/open', 'closed', evidence)
  history.proven([holds], at(0))
  const size = () => statSync(`${path}-wal`).size
  const before = size()
  for (let i = 1; i < 50; i++) history.proven([holds], at(i))
  assert.equal(size(), before, 'nothing changed, nothing is written')
  history.proven([broken('origin/open', 'open', { evidence })], at(51))
  assert.ok(size() > before)
  assert.deepEqual(
    history.proofs(10).map(({ outcome, says }) => [outcome, says]),
    [
      ['broken', 'open'],
      ['held', 'closed'],
    ],
  )
  assert.deepEqual(history.proofs(1)[0]?.evidence, evidence)
})

test('it stays small: what is old is forgotten, what is open is not', (t) => {
  const { open } = folderOf(t)
  const history = openHistory(open(), { findings: 10, proofs: 10 })
  history.opened(found('zone/paused', 0))
  for (let i = 0; i < 20; i++) {
    history.opened(found('dns/missing', i))
    history.mended('dns/missing', at(i))
    const proof = i % 2 ? held('origin/open', 'so', []) : broken('origin/open', 'so', {})
    history.proven([proof], at(i))
  }
  const kept = history.findings(5000)
  assert.ok(kept.length <= 11, String(kept.length))
  assert.ok(history.proofs(5000).length <= 10)
  assert.ok(kept.some(({ code, mended }) => code === 'zone/paused' && mended === null))
})

test('the journal of the first release is taken over, and a newer database is left alone', (t) => {
  const { open, path } = folderOf(t)
  open().write(() => undefined)
  const old = new DatabaseSync(path)
  old.exec('DROP TABLE finding; DROP TABLE proof; PRAGMA user_version = 0')
  old.exec("INSERT INTO step VALUES (1, 'run', '2026-11-25', 'dns-record', 'says', '{}', 'done')")
  old.close()
  const database = open()
  assert.ok(openHistory(database).opened(found('dns/missing', 0)))
  assert.equal(database.read((db) => db.prepare('SELECT * FROM step').all())?.length, 1)

  const newer = new DatabaseSync(path)
  newer.exec(`PRAGMA user_version = ${migrations.length + 1}`)
  newer.close()
  assert.throws(open, { code: 'disk/newer-database' })
})

test('kill -9 at any moment loses nothing that was acknowledged', async (t) => {
  const { open, path } = folderOf(t)
  open().write(() => undefined)
  const here = (file: string) => pathToFileURL(join(import.meta.dirname, file)).href
  const writer = `
    const { openDatabase } = await import('${here('database.ts')}')
    const { openHistory } = await import('${here('history.ts')}')
    const history = openHistory(openDatabase(${JSON.stringify(path)}))
    for (let i = 0; ; i++) {
      const { id } = history.opened({ code: 'dns/missing', severity: 'broken', link: 'cloudflare', says: String(i), hint: null, opened: new Date() })
      history.mended('dns/missing', new Date())
      process.stdout.write(id + '\\n')
    }`
  const child = spawn(process.execPath, ['--input-type=module', '-e', writer])
  let said = ''
  child.stdout.on('data', (chunk: Buffer) => {
    said += chunk.toString()
    if (said.split('\n').length > 20) child.kill('SIGKILL')
  })
  await once(child, 'close')
  const acknowledged = said.split('\n').slice(0, -1).map(Number)
  assert.ok(acknowledged.length >= 20)
  const ids = new Set(
    openHistory(open())
      .findings(5000)
      .filter(({ mended }) => mended !== null)
      .map(({ id }) => id),
  )
  assert.deepEqual(
    acknowledged.filter((id) => !ids.has(id)),
    [],
  )
})
