import assert from 'node:assert/strict'
import { test } from 'node:test'

import { addressOf } from '../../core/address.ts'
import { absent, known, unknown, type Fact } from '../../core/fact.ts'
import type { Address } from '../../core/address.ts'
import { settle, unsettled, type Settled } from './settle.ts'

const start = Date.parse('2026-11-25T12:00:00Z')
const at = (seconds: number): Date => new Date(start + seconds * 1000)
const is = (text: string): Fact<Address> => {
  const address = addressOf(text)
  assert.ok(address)
  return known(address)
}
const [a, b, c] = ['203.0.113.1', '203.0.113.2', '203.0.113.3'].map(is) as [
  Fact<Address>,
  Fact<Address>,
  Fact<Address>,
]

/** Sees each at its second, and returns what was shown each time. */
function through(...seen: readonly (readonly [number, Fact<Address>])[]): (string | undefined)[] {
  let settled: Settled = unsettled
  return seen.map(([second, fact]) => {
    settled = settle(settled, fact, at(second))
    const { shown } = settled
    return shown.is === 'known' ? shown.value.text.slice(-1) : shown.is
  })
}

test('a new address counts at once, and so does the next', () => {
  assert.deepEqual(through([0, a], [1, b], [2, c]), ['1', '2', '3'])
})

test('back and forth once is no flap: a line that failed over and returned', () => {
  assert.deepEqual(through([0, a], [60, b], [120, a], [180, b]), ['1', '2', '1', '2'])
})

test('to and fro: what comes back again and again has to stay, longer each time', () => {
  const seen = [a, b, a, b, a, b, a, b].map((fact, i) => [i * 2, fact] as const)
  assert.deepEqual(through(...seen), ['1', '2', '1', '2', 'unknown', '2', 'unknown', '2'])
})

test('the last that stays wins', () => {
  const seen = [a, b, a, b, a].map((fact, i) => [i, fact] as const)
  assert.deepEqual(through(...seen, [13, a], [14.1, a], [20, a]).slice(-4), [
    'unknown',
    'unknown',
    '1',
    '1',
  ])
})

test('an address that was never seen counts in the middle of it', () => {
  const seen = [a, b, a, b, a, c].map((fact, i) => [i, fact] as const)
  assert.equal(through(...seen).at(-1), '3')
})

test('an outage changes nothing, however long; afterwards the same address is the same', () => {
  assert.deepEqual(through([0, a], [10, unknown('down')], [9999, unknown('down')], [10_000, a]), [
    '1',
    'unknown',
    'unknown',
    '1',
  ])
})

test('a family that is gone counts as gone after five minutes, and at once where there never was one', () => {
  assert.deepEqual(through([0, a], [10, absent], [200, absent], [311, absent], [320, b]), [
    '1',
    'unknown',
    'unknown',
    'absent',
    '2',
  ])
  assert.deepEqual(through([0, absent]), ['absent'])
})

test('after ten quiet minutes nothing is remembered', () => {
  const seen = [a, b, a, b].map((fact, i) => [i, fact] as const)
  assert.equal(through(...seen, [700, b], [701, a]).at(-1), '1')
})
