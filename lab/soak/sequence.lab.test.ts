import assert from 'node:assert/strict'
import { test } from 'node:test'

import { saySequences } from './say.ts'
import { sequence, type SequenceReport } from './sequence.ts'

test('a thousand sequences of faults', async (t) => {
  const first = Math.floor(Math.random() * 2 ** 30)
  const started = performance.now()
  const reports: SequenceReport[] = []
  for (let i = 0; i < 1000; i++) {
    const report = await sequence(first + i)
    reports.push(report)
    assert.deepEqual(
      report.violations,
      [],
      `npm run faults -- --seed ${report.seed}\n${report.story.join('\n')}`,
    )
  }
  t.diagnostic(saySequences(reports, (performance.now() - started) / 1000))
})
