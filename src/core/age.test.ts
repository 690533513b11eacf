import assert from 'node:assert/strict'
import { test } from 'node:test'

import { describeAge } from './age.ts'

test('how long ago, or how soon, in the largest unit that is whole', () => {
  const now = new Date('2026-11-25T12:00:00Z')
  const at = (ms: number) => describeAge(new Date(now.getTime() - ms), now)
  assert.equal(at(0), 'just now')
  assert.equal(at(59_000), 'just now')
  assert.equal(at(-5000), 'in a moment')
  assert.equal(at(60_000), '1 minute ago')
  assert.equal(at(3 * 3_600_000 + 59 * 60_000), '3 hours ago')
  assert.equal(at(-2 * 86_400_000), 'in 2 days')
  assert.equal(at(200 * 86_400_000), '6 months ago')
  assert.equal(at(800 * 86_400_000), '2 years ago')
})
