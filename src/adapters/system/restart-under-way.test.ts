import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'

import { dataFolder } from '../../core/data-folder.ts'
import { later, minutes } from '../../core/duration.ts'
import { restartUnderWay } from './restart-under-way.ts'

test('another process sees a restart while it lasts, and not one that a killed process left behind', async (t) => {
  const root = await mkdtemp(join(tmpdir(), 'gatehouse-restart-'))
  t.after(() => rm(root, { recursive: true }))
  let now = new Date('2026-11-30T12:00:00Z')
  const mine = restartUnderWay(dataFolder(root), () => now)
  const other = restartUnderWay(dataFolder(root), () => now)
  assert.equal(other.isUnderWay(), false)
  await mine.whileRestarting(async () => {
    assert.equal(other.isUnderWay(), true)
    now = later(now, minutes(15))
    assert.equal(other.isUnderWay(), false)
  })
  assert.equal(other.isUnderWay(), false)
  const failure = new Error('it did not come back')
  await assert.rejects(
    mine.whileRestarting(() => Promise.reject(failure)),
    failure,
  )
  assert.equal(other.isUnderWay(), false)
})
