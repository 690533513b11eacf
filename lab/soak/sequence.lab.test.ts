import assert from 'node:assert/strict'
import { test } from 'node:test'

import { saySequences } from './say.ts'
import { sequence, type SequenceReport } from './sequence.ts'

/** A minute's worth; `npm run faults -- --seed N --count N` plays others. */
const first = 401
const many = 15

test(`${many} sequences of faults`, async (t) => {
  const started = performance.now()
  const reports: SequenceReport[] = []
  for (let seed = first; seed < first + many; seed++) {
    const report = await sequence(seed)
    reports.push(report)
    assert.deepEqual(
      report.violations,
      [],
      `npm run faults -- --seed ${seed}\n${report.story.join('\n')}`,
    )
  }
  t.diagnostic(saySequences(reports, (performance.now() - started) / 1000))
})
