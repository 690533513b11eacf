import assert from 'node:assert/strict'
import { test } from 'node:test'

import { sequence } from './sequence.ts'

// Forty more are in `sequence.lab.test.ts`; `npm run faults -- --count 1000` plays as many as one likes, of other seeds.
test('whatever order the faults come in, and wherever it is killed, the laws hold and it converges', async (t) => {
  for (const seed of [1, 2]) {
    t.diagnostic(`npm run faults -- --seed ${seed}`)
    const { violations, story } = await sequence(seed)
    assert.deepEqual(violations, [], story.join('\n'))
  }
})
