import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'

import { watchFolders } from './watch.ts'

test('the first change is told at once, and the last one is not missed', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'gatehouse-watch-'))
  t.after(() => rmSync(folder, { recursive: true }))
  const files = join(folder, 'made')
  let calls = 0
  let seen = ''
  let written = ''
  using _ = watchFolders([files], () => {
    calls++
    seen = written
  })
  for (let round = 0; round < 20; round++) {
    for (let i = 0; i < 10; i++) {
      written = `${round} ${i}`
      writeFileSync(join(files, 'file'), written)
    }
    const isSeen = (): boolean => seen === written
    for (let tries = 0; tries < 200 && !isSeen(); tries++) await sleep(5)
    assert.ok(isSeen(), `${seen}, and ${written} was written last`)
  }
  assert.ok(calls < 20 * 10, `${calls} calls for 200 changes`)
})
