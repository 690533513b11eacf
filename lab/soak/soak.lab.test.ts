import assert from 'node:assert/strict'
import { test } from 'node:test'

import { days } from '../../src/core/duration.ts'
import { median } from '../bench/measure.ts'
import { saySoak } from './say.ts'
import { soak } from './soak.ts'

const years = (n: number) => days(n * 365)

// 45 days are Let's Encrypt's `tlsserver`, 6 its `shortlived`. `npm run soak -- --life 90` is its default now, 64 that of February 2027.
for (const [life, lasts] of [
  [45, years(2)],
  [6, years(0.25)],
] as const) {
  test(`${Math.round(lasts / days(1))} days with certificates of ${life}: never ended, no limit, memory flat`, async (t) => {
    const seed = 11
    const report = await soak({ seed, life, lasts })
    t.diagnostic(saySoak(seed, report))
    assert.deepEqual(report.violations, [], `npm run soak -- --seed ${seed} --life ${life}`)
    assert.equal(report.limited, 0)
    assert.ok(report.certificates >= Math.floor(lasts / days(1) / life))
    // One reading is off by up to 4 MiB either way; the median of five is not.
    const half = report.heapMiB.length / 2
    const grownBy = median(report.heapMiB.slice(half)) - median(report.heapMiB.slice(0, half))
    assert.ok(grownBy <= 4, `the heap grows: ${report.heapMiB.join(' ')} MiB`)
  })
}
