import assert from 'node:assert/strict'
import { test } from 'node:test'

import { days } from '../../src/core/duration.ts'
import { soak } from './soak.ts'

// The two years are in `soak.lab.test.ts`; `npm run soak -- --help` says how to run one alone.
test('two weeks with certificates of six days, and with whatever happens to a home', async (t) => {
  const seed = 1
  t.diagnostic(`seed ${seed}`)
  const report = await soak({ seed, life: 6, lasts: days(14), tell: (says) => t.diagnostic(says) })
  assert.deepEqual(report.violations, [], `seed ${seed}`)
  assert.equal(report.limited, 0)
  assert.ok(report.certificates >= 4, String(report.certificates))
})
