import assert from 'node:assert/strict'
import { setTimeout as sleep } from 'node:timers/promises'

import { z } from 'zod'

import { ask, converse, type Conversation, type Reply } from '../wire.ts'

/** Which of the two ways of changing the http settings it has: from 2026.8, and before. */
export type World = 'store' | 'yaml'

export type Home = {
  readonly url: string
  readonly port: number
  readonly version: string
  /** Of the owner; empty before there is one. */
  readonly token: string
  /** A folder whose files Home Assistant can read. */
  readonly folder: string
  /** Makes `configuration.yaml` one that no check passes, or good again. */
  breakConfiguration(broken: boolean): Promise<void>
  /** Before 2026.8: puts these into `http:` and leaves the rest. */
  writeYaml(http: Readonly<Record<string, unknown>>): Promise<void>
  close(): Promise<void>
}

export type Start = (options: {
  readonly onboarded?: boolean
  readonly trialSeconds?: number
}) => Promise<Home>

/** Restart and boot, at the slowest. Milliseconds. */
const bootMs = 300_000

const slot = z.looseObject({
  server_port: z.number(),
  trusted_proxies: z.array(z.string()).optional(),
  login_attempts_threshold: z.number(),
  created_at: z.string(),
  error: z.string().nullable(),
  error_message: z.string().nullable(),
})
const storeShape = z.strictObject({
  stable: slot,
  pending: slot.nullable(),
  revert_at: z.string().nullable(),
  active_config_type: z.string(),
  default: slot,
})
type Store = z.output<typeof storeShape>

/** One command in a conversation of its own. */
export async function say(
  home: Home,
  command: { type: string; [key: string]: unknown },
): Promise<Reply> {
  const talk = await converse(home.url, home.token)
  try {
    return await talk.command(command)
  } finally {
    talk.close()
  }
}

export const store = async (home: Home): Promise<Store> =>
  storeShape.parse(result(await say(home, { type: 'http/config' })))

/** The settings in use, as `configure` takes them. */
export async function settings(
  home: Home,
): Promise<{ stable: Record<string, unknown>; active: string }> {
  const { stable, active_config_type: active } = await store(home)
  const { created_at: _at, error: _error, error_message: _says, ...rest } = stable
  return { stable: rest, active }
}

/** It is refused while Home Assistant still starts; then it is asked again. */
export async function configure(
  home: Home,
  config: Record<string, unknown> | null,
): Promise<Reply> {
  const deadline = performance.now() + bootMs
  while (true) {
    const reply = await say(home, { type: 'http/config/configure', config })
    if (!('code' in reply) || reply.code !== 'not_running' || performance.now() > deadline)
      return reply
    await sleep(100)
  }
}

export async function until(home: Home, wished: (store: Store) => boolean): Promise<Store> {
  const deadline = performance.now() + bootMs
  let last: unknown
  while (performance.now() < deadline) {
    try {
      const now = await store(home)
      if (wished(now)) return now
      last = now
    } catch (error) {
      last = error
    }
    await sleep(50)
  }
  assert.fail(`it did not come to that: ${JSON.stringify(last)}`)
}

/** Changes the http settings the way this world has; `afterwards` is where it answers then. */
export async function setHttp(
  home: Home,
  world: World,
  more: Readonly<Record<string, unknown>>,
  afterwards: Home = home,
): Promise<void> {
  if (world === 'yaml') {
    await home.writeYaml(more)
    await restarted(home, afterwards)
    return
  }
  const { stable } = await settings(home)
  result(await configure(home, { ...stable, ...more }))
  await until(afterwards, ({ active_config_type: active }) => active === 'pending')
  result(await say(afterwards, { type: 'http/config/promote' }))
}

export const setProxies = (home: Home, world: World, proxies: readonly string[]) =>
  setHttp(home, world, { use_x_forwarded_for: true, trusted_proxies: proxies })

export async function restarted(home: Home, afterwards: Home = home): Promise<void> {
  const deadline = performance.now() + bootMs
  let asked = Number.NEGATIVE_INFINITY
  let wasAway = false
  while (performance.now() < deadline) {
    // Right after a boot it may refuse, or overhear, to be restarted: then it is asked again.
    if (!wasAway && performance.now() - asked > 15_000) {
      asked = performance.now()
      await askToRestart(home)
    }
    const { url } = wasAway ? afterwards : home
    const status = await ask(url, '/manifest.json').then(
      (answer) => answer.status,
      () => 0,
    )
    if (status === 0) wasAway = true
    if (status === 200 && wasAway) return
    await sleep(10)
  }
  assert.fail('it did not restart')
}

async function askToRestart(home: Home): Promise<void> {
  try {
    const talk = await converse(home.url, home.token)
    await talk
      .command({ type: 'call_service', domain: 'homeassistant', service: 'restart' })
      .catch(() => undefined)
    talk.close()
  } catch {
    // It is going down already.
  }
}

export const forwarded = (
  home: Home,
  chain: string | readonly string[],
  more: { from?: string; headers?: object | undefined } = {},
) =>
  ask(home.url, '/auth/providers', {
    ...(more.from === undefined ? {} : { from: more.from }),
    headers: { 'x-forwarded-for': chain, ...more.headers },
  })

export const bearer = (home: Home) => ({ authorization: `Bearer ${home.token}` })

export const read = (text: string): Record<string, unknown> =>
  z.record(z.string(), z.unknown()).parse(JSON.parse(text))

export function result(reply: Reply): unknown {
  assert.ok('result' in reply, JSON.stringify(reply))
  return reply.result
}

export const codeOf = (reply: Reply): string => ('code' in reply ? reply.code : 'accepted')

/** The ids of what it tells its owner. A failed sign-in is told a moment after it was answered. */
export async function notices(talk: Conversation): Promise<string[]> {
  await sleep(300)
  const told = z
    .array(z.object({ notification_id: z.string() }))
    .parse(result(await talk.command({ type: 'persistent_notification/get' })))
  return told.map(({ notification_id: id }) => id).filter((id) => /^(http-login|ip-ban)$/.test(id))
}
