import assert from 'node:assert/strict'
import { test } from 'node:test'

import { saySequences } from './say.ts'
import { sequence, type SequenceReport } from './sequence.ts'

/** A thousand take most of an hour: `npm run faults -- --count 1000`. */
const first = 1001
const many = 40

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
