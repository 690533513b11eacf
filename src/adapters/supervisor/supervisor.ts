import { z } from 'zod'

import { seconds } from '../../core/duration.ts'
import { Problem, reasonOf } from '../../core/problem.ts'
import type { Secret } from '../../core/secret.ts'
import { jsonOf } from '../../core/json.ts'
import { exchange } from '../http/exchange.ts'

/** Where every app finds the Supervisor (developers.home-assistant.io, "App communication", August 2026). */
export const supervisorUrl = 'http://supervisor'

/** The address that the Supervisor has in its network, and from which it shows pages (Supervisor 2026.08, docker network). */
export const supervisorAddress = '172.30.32.2'

/** The network of the apps; the address of one of them changes from start to start. */
export const appsNetwork = '172.30.33.0/24'

const bounds = { deadline: seconds(15), maxBytes: 1_000_000 }

const core = z.object({ port: z.number(), ssl: z.boolean(), version: z.string().nullish() })
const self = z.object({
  ingress_port: z.number().nullish(),
  host_network: z.boolean().catch(false),
  /** The container's ports, and where they are on the host; null where the owner closed one. */
  network: z.record(z.string(), z.number().nullable()).nullish(),
})
const network = z.object({
  interfaces: z.array(
    z.object({
      enabled: z.boolean().catch(true),
      primary: z.boolean().catch(false),
      ipv4: z.object({ address: z.array(z.string()) }).nullish(),
      ipv6: z.object({ address: z.array(z.string()) }).nullish(),
    }),
  ),
})
const mqtt = z.object({
  host: z.string(),
  port: z.number(),
  ssl: z.boolean().catch(false),
  username: z.string().nullish(),
  password: z.string().nullish(),
})

export type Mqtt = z.output<typeof mqtt>

/** What an app may ask the Supervisor about its surroundings. Each throws Problem `supervisor/…`. */
export function supervisor(base: string, token: Secret) {
  async function ask<T>(
    path: string,
    schema: z.ZodType<T>,
    signal: AbortSignal,
  ): Promise<T | 'none'> {
    const { status, body } = await get(`${base}${path}`, token, signal)
    // A service that nobody offers is 400 (Supervisor 2026.08, api/services.py).
    if (status === 400 || status === 404) return 'none'
    const read = z.object({ data: schema }).safeParse(body)
    if (status === 200 && read.success) return read.data.data
    throw new Problem('supervisor/refused', `the Supervisor answers ${status} to ${path}`, {
      hint: 'restart the app; if it stays so, look into the log of the Supervisor',
    })
  }
  const must = async <T>(path: string, schema: z.ZodType<T>, signal: AbortSignal): Promise<T> => {
    const found = await ask(path, schema, signal)
    if (found !== 'none') return found
    throw new Problem('supervisor/refused', `the Supervisor does not know ${path}`, {
      hint: 'update Home Assistant',
    })
  }
  return {
    core: (signal: AbortSignal) => must('/core/info', core, signal),
    self: (signal: AbortSignal) => must('/addons/self/info', self, signal),
    network: (signal: AbortSignal) => must('/network/info', network, signal),
    /** `undefined`: there is no broker. */
    async mqtt(signal: AbortSignal): Promise<Mqtt | undefined> {
      const found = await ask('/services/mqtt', mqtt, signal)
      return found === 'none' ? undefined : found
    },
  }
}

async function get(
  url: string,
  token: Secret,
  signal: AbortSignal,
): Promise<{ readonly status: number; readonly body: unknown }> {
  const headers = { authorization: `Bearer ${token.reveal()}` }
  try {
    const { status, text } = await exchange(new URL(url), { headers }, bounds, signal)
    return { status, body: jsonOf(text) }
  } catch (cause) {
    signal.throwIfAborted()
    throw new Problem(
      'supervisor/not-reached',
      `the Supervisor does not answer (${reasonOf(cause)})`,
      {
        hint: 'this command is for the app inside Home Assistant; elsewhere it is `gatehouse run`',
        cause,
      },
    )
  }
}
