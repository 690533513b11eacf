import assert from 'node:assert/strict'
import { mkdtemp, readFile, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'

import { lineLog } from './line-log.ts'

test('a log of lines is appended to, and is the owner’s alone', async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'gatehouse-'))
  t.after(() => rm(folder, { recursive: true }))
  const path = join(folder, 'access.log')
  for (const line of [{ a: 1 }, { b: 'x\ny' }]) {
    const log = lineLog(path, (error) => assert.fail(String(error)))
    log.write(line)
    await log.close()
  }
  assert.equal(await readFile(path, 'utf8'), '{"a":1}\n{"b":"x\\ny"}\n')
  assert.equal((await stat(path)).mode & 0o777, 0o600)
})

test('one that cannot be written is told once, and stops nobody', async (t) => {
  const told: unknown[] = []
  const log = lineLog('/nowhere/at/all/access.log', (error) => told.push(error))
  t.after(() => log.close())
  log.write({ a: 1 })
  while (told.length === 0) await sleep(5)
  log.write({ a: 2 })
  assert.match(String(told[0]), /access\.log cannot be written/)
  assert.equal(told.length, 1)
})
