import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { chmodSync, mkdirSync, mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'

const main = join(import.meta.dirname, 'main.ts')

test('what was compiled is kept for the next start, readable by its owner, and never in a folder of others', (t) => {
  const home = mkdtempSync(join(tmpdir(), 'gatehouse-home-'))
  t.after(() => rmSync(home, { recursive: true }))
  const help = () =>
    spawnSync(process.execPath, [main, '--help'], { env: { HOME: home }, encoding: 'utf8' })
  const folder = join(home, '.cache/gatehouse')

  mkdirSync(folder, { recursive: true })
  chmodSync(folder, 0o777)
  assert.equal(help().status, 0)
  assert.deepEqual(readdirSync(folder), [])

  rmSync(folder, { recursive: true })
  assert.equal(help().status, 0)
  assert.equal(statSync(folder).mode & 0o777, 0o700)
  assert.notDeepEqual(readdirSync(folder), [])
})
