import assert from 'node:assert/strict'
import { once } from 'node:events'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { isDeepStrictEqual } from 'node:util'
import { z } from 'zod'

import { until } from '../telling/server.ts'
import { startWorld, type World } from '../world/world.ts'

// What a person asks the keeper, and what it wrote down, by the true program.

const status = z.object({
  running: z.boolean(),
  addresses: z.unknown(),
  findings: z.array(z.object({ code: z.string() })).default([]),
})
const past = z.object({
  findings: z.array(z.object({ code: z.string(), mended: z.string().nullable() })),
  proofs: z.array(z.object({ code: z.string(), outcome: z.string() })),
})

test('status and history: nobody runs, something breaks, is mended, and is remembered', async (t) => {
  const world = await startWorld({ withVantage: false })
  t.after(() => world.close())
  assert.equal((await world.run(['apply', '--yes'])).code, 0)

  const nobody = await world.run(['status'])
  assert.equal(nobody.code, 3)
  assert.match(nobody.stdout, /the keeper is not running/)
  assert.match((await world.run(['history'])).stdout, /nothing happened in the last 30 days/)
  assert.equal((await world.run(['history', '--days', 'some'])).code, 64)

  const keeper = await world.start(['run'], /Ctrl-C stops it/)
  const asked = async () => status.parse(JSON.parse((await world.run(['status', '--json'])).stdout))
  const codes = async (): Promise<string[]> => {
    keeper.kill('SIGHUP')
    await sleep(300)
    return (await asked()).findings.map(({ code }) => code)
  }
  const addresses = {
    ipv4: { is: 'known', address: world.addresses.home },
    ipv6: { is: 'absent' },
  }
  await until(
    async () => isDeepStrictEqual((await asked()).addresses, addresses),
    () => 'its addresses are known',
  )
  world.zone.paused = true
  await until(
    async () => (await codes()).includes('zone/paused'),
    () => 'the pause is seen',
  )
  const broken = await world.run(['status'])
  assert.equal(broken.code, 2)
  assert.match(broken.stdout, /\(zone\/paused, for /)

  world.zone.paused = false
  await until(
    async () => !(await codes()).includes('zone/paused'),
    () => 'its end is seen',
  )
  await until(
    async () => (await remembered(world)).findings.some(({ mended }) => mended !== null),
    () => 'it is written down',
  )
  const { code, stdout } = await world.run(['history', '--days', '1'])
  assert.equal(code, 0)
  assert.match(stdout, /^\d{4}-\d\d-\d\d \d\d:\d\d {2}✗ .*\(zone\/paused\), mended after /m)
  assert.ok((await remembered(world)).proofs.length > 0, 'proofs are there too')

  keeper.kill('SIGTERM')
  await once(keeper, 'exit')
  assert.equal((await world.run(['history'])).stdout.includes('zone/paused'), true)
})

const remembered = async (world: World) =>
  past.parse(JSON.parse((await world.run(['history', '--json'])).stdout))
