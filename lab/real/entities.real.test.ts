import assert from 'node:assert/strict'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { z } from 'zod'

import { chain } from '../../src/core/chain.ts'
import { freePort, startServer, until } from '../telling/server.ts'
import { tool } from '../toolbox/tool.ts'
import { startWorld } from '../world/world.ts'
import { installation } from './installation.ts'
import { startRealHomeAssistant, type RealHomeAssistant } from './start.ts'

// The keeper's MQTT device, by way of a broker nobody here wrote, read back from Home Assistant.

const found = await installation('newest')
const mosquitto = await tool('mosquitto')
const skip = ('missing' in found && found.missing) || ('missing' in mosquitto && mosquitto.missing)

test(
  'the entities are in Home Assistant, its buttons reach us, a restart keeps them, and who stops is unavailable',
  { skip },
  async (t) => {
    if ('missing' in mosquitto || 'missing' in found) return
    const folder = await mkdtemp(join(tmpdir(), 'gatehouse-broker-'))
    t.after(() => rm(folder, { recursive: true }))
    const port = await freePort()
    const file = join(folder, 'mosquitto.conf')
    await writeFile(file, `listener ${port} 127.0.0.1\nallow_anonymous true\nuser root\n`)
    const broker = await startServer([...mosquitto.command, '-c', file], port)
    t.after(() => broker.stop())
    const home = await startRealHomeAssistant(found)
    t.after(() => home.close())
    await joinBroker(home, port)

    const world = await startWorld({
      configuration: `mqtt: { url: "mqtt://127.0.0.1:${port}" }\nnotify: { home_assistant: false }\n`,
    })
    t.after(() => world.close())
    assert.equal((await world.run(['apply', '--yes'])).code, 0)
    let keeper = await world.start(['run'], /serves/)
    let now: ReadonlyMap<string, string> = new Map()
    const see = (holds: (now: ReadonlyMap<string, string>) => boolean): Promise<void> =>
      until(
        async () => holds((now = await entities(home))),
        () => JSON.stringify([...now]),
      )
    const press = (button: string): Promise<unknown> =>
      ask(home, '/api/services/button/press', {
        entity_id: `button.gatehouse_ha_example_com_${button}`,
      })

    await see((seen) => seen.get('verdict') === 'held' && seen.get('public_ipv4') !== 'unknown')
    assert.equal(now.get('problem'), 'off')
    const { findings } = statusShape.parse(
      JSON.parse((await world.run(['status', '--json'])).stdout),
    )
    const causes = findings.filter(({ because }) => because.length === 0)
    assert.equal(now.get('open_findings'), String(causes.length))
    for (const link of chain)
      assert.equal(now.get(`link_${link.replaceAll('-', '_')}`), 'held', link)
    assert.ok(Number(now.get('certificate_days_left')) > 30, now.get('certificate_days_left'))
    assert.equal(now.get('public_ipv4'), world.addresses.home)
    assert.equal(now.get('public_ipv6'), 'none')
    assert.match(now.get('refused_connections') ?? '', /^\d+$/)
    const proven = now.get('last_proof') ?? ''
    assert.ok(Math.abs(Date.now() - Date.parse(proven)) < 300_000, proven)
    // A button that nobody has pressed has no state yet.
    assert.equal(now.get('look_now'), 'unknown')
    assert.equal(now.get('prove_now'), 'unknown')

    // Somebody pauses the zone, and somebody else presses a button.
    world.zone.paused = true
    await press('look_now')
    await see((seen) => seen.get('problem') === 'on' && seen.get('link_cloudflare') === 'broken')
    world.zone.paused = false
    await press('look_now')
    await see((seen) => seen.get('problem') === 'off')
    await press('prove_now')
    await see(
      (seen) =>
        seen.get('verdict') === 'held' &&
        Date.parse(seen.get('last_proof') ?? '') > Date.parse(proven),
    )

    const before = [...now.keys()].toSorted()
    await home.kill()
    await home.revive()
    await see((seen) => seen.get('verdict') === 'held' && seen.get('link_visitor') === 'held')
    assert.deepEqual([...now.keys()].toSorted(), before)

    // However it goes, it is not shown as if it were there.
    keeper.kill('SIGTERM')
    await see((seen) => [...seen.values()].every((state) => state === 'unavailable'))
    keeper = await world.start(['run'], /serves/)
    await see((seen) => seen.get('verdict') === 'held')
    keeper.kill('SIGKILL')
    await see((seen) => [...seen.values()].every((state) => state === 'unavailable'))
  },
)

const statusShape = z.object({ findings: z.array(z.object({ because: z.array(z.string()) })) })

async function ask(home: RealHomeAssistant, path: string, body?: unknown): Promise<unknown> {
  const response = await fetch(`${home.url}${path}`, {
    method: body === undefined ? 'GET' : 'POST',
    headers: { authorization: `Bearer ${home.token}`, 'content-type': 'application/json' },
    signal: AbortSignal.timeout(30_000),
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  })
  if (!response.ok) throw new Error(`${path}: ${response.status} ${await response.text()}`)
  return await response.json()
}

/** Sets the integration up as its page does. */
async function joinBroker(home: RealHomeAssistant, port: number): Promise<void> {
  const flow = z.object({ flow_id: z.string(), type: z.string() })
  const flows = '/api/config/config_entries/flow'
  const begun = flow.parse(await ask(home, flows, { handler: 'mqtt' }))
  const ended = flow.parse(
    await ask(home, `${flows}/${begun.flow_id}`, {
      broker: '127.0.0.1',
      port,
      other_settings: { set_client_cert: false, set_ca_cert: 'off' },
    }),
  )
  assert.equal(ended.type, 'create_entry', JSON.stringify(ended))
}

const states = z.array(z.object({ entity_id: z.string(), state: z.string() }))

/** The states of our entities, each by what its name ends with. */
async function entities(home: RealHomeAssistant): Promise<ReadonlyMap<string, string>> {
  const all = states.parse(await ask(home, '/api/states'))
  return new Map(
    all.flatMap(({ entity_id: id, state }) => {
      const [, name] = /\.gatehouse_ha_example_com_(.+)$/.exec(id) ?? []
      return name === undefined ? [] : [[name, state]]
    }),
  )
}
