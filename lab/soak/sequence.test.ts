import assert from 'node:assert/strict'
import { test } from 'node:test'

import { sequence } from './sequence.ts'

// A thousand of them are in `sequence.lab.test.ts`.
test('whatever order the faults come in, and wherever it is killed, the laws hold and it converges', async (t) => {
  for (let i = 0; i < 2; i++) {
    const seed = Math.floor(Math.random() * 2 ** 31)
    t.diagnostic(`npm run faults -- --seed ${seed}`)
    const { violations, story } = await sequence(seed)
    assert.deepEqual(violations, [], story.join('\n'))
  }
})
