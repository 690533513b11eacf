import assert from 'node:assert/strict'
import { test } from 'node:test'

import { startWorld } from '../world/world.ts'
import { giveAll } from './give-all.ts'
import { api } from './api.ts'

giveAll('api', api)

test('an API that takes its time is waited for', async (t) => {
  const world = await startWorld({ withVantage: false })
  t.after(() => world.close())
  const { api: server } = world.cloudflare
  server.fault(/ \/zones/, { is: 'slow', ms: 400 }, Number.POSITIVE_INFINITY)
  const plan = await world.run(['plan', '--json'])
  assert.equal(plan.code, 2, plan.stderr)
  const asked = server.log.map(({ method, path }) => `${method} ${path}`)
  assert.ok(asked.length > 5)
  assert.deepEqual(
    asked.filter((each) => !each.startsWith('GET ')),
    [],
  )
})
