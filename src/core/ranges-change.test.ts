import assert from 'node:assert/strict'
import { test } from 'node:test'

import { mustBeRange } from './address.ts'
import { hours, later, minutes } from './duration.ts'
import { rangesInForce, takeOver } from './ranges-change.ts'

const noon = new Date('2026-11-25T12:00:00Z')
const list = (...ipv4: string[]) => ({ ipv4: ipv4.map(mustBeRange), ipv6: [] })
const former = ({ former: ranges }: ReturnType<typeof takeOver>) => ranges.map(({ text }) => text)
const textsOf = (kept: ReturnType<typeof takeOver>) =>
  rangesInForce(kept).ipv4.map(({ text }) => text)

test('what is new is let in at once, and what is gone leaves when a later look confirms it', () => {
  // The change of April 2021: a /12 went, and two narrower ranges came (its rest now carries WARP users).
  const before = takeOver(undefined, list('104.16.0.0/12', '172.64.0.0/13'), 'a', noon)
  const after = list('104.16.0.0/13', '104.24.0.0/14', '172.64.0.0/13')
  const changed = takeOver(before, after, 'b', noon)
  assert.deepEqual(textsOf(changed), [
    '104.16.0.0/13',
    '104.24.0.0/14',
    '172.64.0.0/13',
    '104.16.0.0/12',
  ])
  assert.equal(takeOver(changed, after, 'b', later(noon, minutes(30))), changed)
  const confirmed = takeOver(changed, after, 'b', later(noon, hours(1)))
  assert.deepEqual(textsOf(confirmed), ['104.16.0.0/13', '104.24.0.0/14', '172.64.0.0/13'])
  assert.deepEqual(confirmed.changedAt, noon)
  assert.deepEqual(former(changed), [])
  assert.deepEqual(former(confirmed), ['104.16.0.0/12'])
  const returned = takeOver(confirmed, list('104.16.0.0/12'), 'c', later(noon, hours(2)))
  assert.deepEqual(former(returned), [], 'what is used again is not former')
})

test('a slip of the list that is taken back shuts nobody out', () => {
  const whole = list('104.16.0.0/13', '172.64.0.0/13')
  const before = takeOver(undefined, whole, 'a', noon)
  const slipped = takeOver(before, list('104.16.0.0/13'), 'b', noon)
  const back = takeOver(slipped, whole, 'c', later(noon, minutes(10)))
  assert.deepEqual(textsOf(back), ['104.16.0.0/13', '172.64.0.0/13'])
})

test('while the list stays the same, what is kept stays the same object', () => {
  const kept = takeOver(undefined, list('104.16.0.0/13'), 'a', noon)
  assert.equal(takeOver(kept, list('104.16.0.0/13'), 'a', later(noon, hours(24))), kept)
})
