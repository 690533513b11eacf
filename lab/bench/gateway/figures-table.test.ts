import assert from 'node:assert/strict'
import { test } from 'node:test'

import { figuresTable } from './figures-table.ts'

const summary = (median: number) => ({ median, low: median, high: median, samples: 5 })

test('a run becomes tables: every case that was measured, beside its goal and the peers', () => {
  const text = figuresTable(
    {
      name: 'gateway',
      quick: false,
      machine: { processors: 2, model: 'processor', node: '24' },
      ours: { k1: summary(100), p99: summary(2), swapMs: 7 },
      peers: { nginx: { k1: summary(50), swapMs: 20 } },
      ratios: { nginx: { k1: summary(2), p99: summary(1.1) } },
      notes: ['a note'],
    },
    {
      k1: { unit: 'requests/s', better: 'higher' },
      k32: { unit: 'requests/s', better: 'higher' },
      p99: { unit: 'ms', better: 'lower' },
    },
  )
  assert.match(text, /^2 × processor, Node 24; medians of 5 rounds\.$/mu)
  assert.match(text, /^\| k1 \| ≥ 1 \| 100 requests\/s \| 2 \|$/mu)
  assert.match(text, /^\| p99 \| ≤ 1\.2 \| 2 ms \| 1\.1 \|$/mu)
  assert.doesNotMatch(text, /k32/u)
  assert.match(text, /^\| swapMs \| 7 \| 20 \|$/mu)
  assert.match(text, /^- a note$/mu)
})
