import type { MqttClient } from 'mqtt'

import type { Secret } from '../../core/secret.ts'
import { buttonKeys, deviceOf, topicsOf, type ButtonKey, type States } from './discovery.ts'

export type DeviceOptions = {
  /** `mqtt://host:1883` or `mqtts://host:8883`. */
  readonly url: string
  readonly user: string | undefined
  readonly password: Secret | undefined
  readonly discoveryPrefix: string
  /** The main name of the home: the device is one per home. */
  readonly home: string
  readonly version: string
  readonly pressed: (button: ButtonKey) => void
  /** Why there is no connection now; undefined once there is one. */
  readonly trouble: (why: unknown) => void
}

export type Device = AsyncDisposable & {
  /** Publishes the states that differ from what the broker has. */
  show(states: States): void
}

/**
 * Gatehouse as a device in Home Assistant, by way of an MQTT broker, for as long as it is not disposed of.
 *
 * All is retained, so that Home Assistant has it after a restart, and published anew whenever the broker may have
 * forgotten it (a new connection) or Home Assistant says that it has started. Otherwise only what changed is
 * published. A keeper that is gone, however it went, is shown as unavailable.
 */
export async function startDevice(options: DeviceOptions): Promise<Device> {
  // Only who has a broker pays for the library.
  const { connect } = await import('mqtt')
  const id = `gatehouse_${options.home.replaceAll(/[^a-z0-9]+/giu, '_').toLowerCase()}`
  const topics = topicsOf(id, options.discoveryPrefix)
  const client = connect(options.url, {
    clientId: id,
    ...(options.user === undefined ? {} : { username: options.user }),
    ...(options.password ? { password: options.password.reveal() } : {}),
    clean: true,
    keepalive: 60,
    reconnectPeriod: 10_000,
    connectTimeout: 15_000,
    // What was true while there was no connection is not worth sending; the state of now is.
    queueQoSZero: false,
    will: { topic: topics.availability, payload: Buffer.from('offline'), qos: 1, retain: true },
  })
  let wished: States = {}
  let published: Record<string, string> = {}

  const publish = (topic: string, payload: string): void => {
    client.publish(topic, payload, { qos: 1, retain: true }, (error) => {
      if (error) options.trouble(error)
    })
  }
  const flush = (): void => {
    if (!client.connected) return
    for (const [key, value] of Object.entries(wished)) {
      if (published[key] === value) continue
      published[key] = value
      publish(topics.state(key), value)
    }
  }
  const introduce = (): void => {
    published = {}
    publish(topics.config, deviceOf(id, options.home, options.version, topics))
    publish(topics.availability, 'online')
    flush()
  }
  const heard: ReadonlyMap<string, () => void> = new Map([
    ...buttonKeys.map((key) => [topics.button(key), () => options.pressed(key)] as const),
    [topics.birth, introduce],
  ])
  client.on('connect', () => {
    options.trouble(undefined)
    client.subscribe([...heard.keys()], { qos: 1 }, (error) => {
      if (error) options.trouble(error)
    })
    introduce()
  })
  client.on('message', (topic, payload, { retain }) => {
    // A press that somebody retained by mistake would be one at every start.
    if (retain || (topic === topics.birth && payload.toString() !== 'online')) return
    heard.get(topic)?.()
  })
  client.on('error', options.trouble)
  client.on('offline', () => options.trouble(new Error('no connection')))

  return {
    show(states) {
      wished = states
      flush()
    },
    [Symbol.asyncDispose]: () => leave(client, topics.availability),
  }
}

/** The will is only for who does not say goodbye. */
async function leave(client: MqttClient, availability: string): Promise<void> {
  client.removeAllListeners('offline')
  if (client.connected)
    await Promise.race([
      client.publishAsync(availability, 'offline', { qos: 1, retain: true }).catch(() => undefined),
      new Promise((done) => setTimeout(done, 1000).unref()),
    ])
  await client.endAsync(true)
}
