import assert from 'node:assert/strict'
import { getHeapSpaceStatistics } from 'node:v8'
import { test } from 'node:test'

import { giveBackMemory } from './give-back-memory.ts'

const young = (): number =>
  getHeapSpaceStatistics().find(({ space_name }) => space_name === 'new_space')
    ?.physical_space_size ?? 0

test('what young objects took is given back once they are gone', () => {
  const lived = Array.from({ length: 300_000 }, (_, i) => ({ is: [i] }))
  const grown = young()
  assert.ok(lived.length > 0 && grown >= 2 ** 20, String(grown))
  lived.length = 0
  giveBackMemory()
  assert.ok(young() <= grown / 2, `${young()} of ${grown} bytes`)
})
