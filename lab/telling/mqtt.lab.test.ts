import assert from 'node:assert/strict'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { suite, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'

import { connectAsync, type MqttClient } from 'mqtt'

import { startDevice, type Device } from '../../src/adapters/mqtt/device.ts'
import { newBoard } from '../../src/keeper/board.ts'
import { statesOf } from '../../src/keeper/entities.ts'
import { tool } from '../toolbox/tool.ts'
import { freePort, startServer, until, type Started } from './server.ts'

// Our device against a broker nobody here wrote.

const mosquitto = await tool('mosquitto')
const skip = 'missing' in mosquitto ? mosquitto.missing : false

type Broker = { readonly url: string; start(): Promise<Started>; watch(): Promise<Watcher> }
type Watcher = AsyncDisposable & {
  readonly client: MqttClient
  /** The last payload of each topic. */
  readonly topics: Map<string, string>
  readonly count: () => number
}

async function broker(folder: string): Promise<Broker> {
  if ('missing' in mosquitto) throw new Error(mosquitto.missing)
  const port = await freePort()
  const file = join(folder, 'mosquitto.conf')
  await writeFile(file, `listener ${port} 127.0.0.1\nallow_anonymous true\nuser root\n`)
  const url = `mqtt://127.0.0.1:${port}`
  return {
    url,
    start: () => startServer([...mosquitto.command, '-c', file], port),
    async watch() {
      const client = await connectAsync(url)
      const topics = new Map<string, string>()
      let count = 0
      client.on('message', (topic, payload) => {
        count++
        topics.set(topic, payload.toString())
      })
      await client.subscribeAsync('#')
      return {
        client,
        topics,
        count: () => count,
        [Symbol.asyncDispose]: () => client.endAsync(true),
      }
    },
  }
}

suite('Mosquitto', { skip }, () => {
  test('the device, what changed and nothing else, its will, and a broker that forgets', async (t) => {
    const folder = await mkdtemp(join(tmpdir(), 'gatehouse-mqtt-'))
    t.after(() => rm(folder, { recursive: true }))
    const { url, start, watch } = await broker(folder)
    const pressed: string[] = []
    let trouble: unknown
    const device = (): Promise<Device> =>
      startDevice({
        url,
        user: undefined,
        password: undefined,
        discoveryPrefix: 'homeassistant',
        home: 'ha.example.com',
        version: '1.2.3',
        pressed: (button) => pressed.push(button),
        trouble: (why) => (trouble = why),
      })
    const states = statesOf(newBoard({ safeguards: [], now: () => new Date() }).read(), new Date())
    const configTopic = 'homeassistant/device/gatehouse_ha_example_com/config'
    const availability = 'gatehouse_ha_example_com/availability'

    let running = await start()
    await using watcher = await watch()
    const { topics } = watcher
    const ours = await device()
    ours.show(states)
    await until(
      () => topics.get('gatehouse_ha_example_com/verdict') === 'unknown',
      () => [...topics.keys()].join(', '),
    )
    const config = JSON.parse(topics.get(configTopic) ?? '') as {
      components: Record<string, { platform: string; state_topic?: string }>
    }
    for (const [key, { platform, state_topic: topic }] of Object.entries(config.components))
      if (platform !== 'button') assert.ok(topics.has(topic ?? ''), `${key} has a state`)
    assert.equal(topics.get(availability), 'online')

    // What is the same again is not published; what differs is, alone.
    const before = watcher.count()
    for (let i = 0; i < 20; i++) ours.show({ ...states })
    await sleep(500)
    assert.equal(watcher.count(), before)
    ours.show({ ...states, verdict: 'held' })
    await until(
      () => topics.get('gatehouse_ha_example_com/verdict') === 'held',
      () => 'held',
    )
    assert.equal(watcher.count(), before + 1)

    // Buttons, and Home Assistant that starts.
    await watcher.client.publishAsync('gatehouse_ha_example_com/prove/press', 'PRESS')
    await watcher.client.publishAsync('gatehouse_ha_example_com/look/press', 'PRESS')
    await until(
      () => pressed.length === 2,
      () => pressed.join(),
    )
    assert.deepEqual(pressed, ['prove', 'look'])
    topics.clear()
    await watcher.client.publishAsync('homeassistant/status', 'online')
    await until(
      () => topics.has(configTopic) && topics.get('gatehouse_ha_example_com/verdict') === 'held',
      () => [...topics.keys()].join(', '),
    )

    // The broker goes and has forgotten everything when it is back.
    await running.stop('SIGKILL')
    await until(
      () => trouble !== undefined,
      () => 'trouble is told',
    )
    running = await start()
    await until(
      () => trouble === undefined,
      () => String(trouble),
    )
    {
      await using second = await watch()
      await until(
        () =>
          second.topics.has(configTopic) &&
          second.topics.get('gatehouse_ha_example_com/verdict') === 'held',
        () => [...second.topics.keys()].join(', '),
      )
    }

    // Who goes says so.
    await ours[Symbol.asyncDispose]()
    await using last = await watch()
    await until(
      () => last.topics.get(availability) === 'offline',
      () => String(last.topics.get(availability)),
    )
    await running.stop()
  })
})
