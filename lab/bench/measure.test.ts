import assert from 'node:assert/strict'
import { test } from 'node:test'

import { compare, median, percentile, summarize } from './measure.ts'
import { table } from './table.ts'

test('medians and percentiles lie between the nearest samples', () => {
  assert.equal(median([3, 1, 2]), 2)
  assert.equal(median([4, 1, 2, 3]), 2.5)
  assert.equal(percentile([0, 10], 95), 9.5)
  assert.ok(Number.isNaN(median([])))
  assert.deepEqual(summarize([2, 1, 9]), { median: 2, low: 1, high: 9, samples: 3 })
})

test('a ratio is taken within its round, and no contender always goes first', async () => {
  const turns: string[] = []
  const contender = (who: string, scale: number) => async (name: string, round: number) => {
    turns.push(`${name}${round}${who}`)
    return scale * (round + 1)
  }
  const result = await compare({
    cases: ['a'],
    rounds: 3,
    ours: contender('o', 1),
    peers: { lego: contender('l', 4) },
    signal: new AbortController().signal,
  })
  assert.deepEqual(turns, ['a0o', 'a0l', 'a1l', 'a1o', 'a2o', 'a2l'])
  assert.deepEqual(result.ours['a'], { median: 2, low: 1, high: 3, samples: 3 })
  assert.deepEqual(result.ratios['lego']?.['a'], {
    median: 0.25,
    low: 0.25,
    high: 0.25,
    samples: 3,
  })
})

test('a table keeps its columns', () => {
  assert.equal(
    table([
      ['case', 'ms'],
      ['lag0', '7'],
      ['x', '1234'],
    ]),
    'case    ms\n────  ────\nlag0     7\nx     1234',
  )
})
