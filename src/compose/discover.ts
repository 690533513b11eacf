import { networkInterfaces } from 'node:os'

import { cloudflareClient } from '../adapters/cloudflare/client.ts'
import { refuseObviousMistakes } from '../adapters/cloudflare/token-shape.ts'
import { findZone, type Zone } from '../adapters/cloudflare/zones.ts'
import { withoutToken } from '../adapters/home-assistant/access.ts'
import { homeAssistant } from '../adapters/home-assistant/home-assistant.ts'
import { addressOf, isPrivate, networkRange } from '../core/address.ts'
import type { Secret } from '../core/secret.ts'

/** What this machine knows of the network at home. */
export function discoverHome(): {
  readonly lanAddress: string | undefined
  readonly localRanges: readonly string[]
} {
  const found = Object.values(networkInterfaces())
    .flat()
    .filter((each) => each !== undefined && !each.internal)
    .filter((each) => each !== undefined)
  const home = found.filter(({ address, scopeid }) => {
    const parsed = addressOf(address)
    return parsed !== undefined && isPrivate(parsed) && (scopeid ?? 0) === 0
  })
  const ranges = home
    .map(({ cidr }) => networkRange(cidr ?? '')?.text)
    .filter((range) => range !== undefined)
  const ipv4 = home.filter(({ family }) => family === 'IPv4')
  return {
    lanAddress: ipv4.length === 1 ? ipv4[0]?.address : undefined,
    localRanges: [...new Set(ranges)],
  }
}

/** Where Home Assistant usually is: by its own name, on this machine, and on port 80 since 2026.8. */
const usualPlaces = [
  'http://homeassistant.local:8123',
  'http://127.0.0.1:8123',
  'http://homeassistant.local',
  'http://127.0.0.1',
]

/** The first place where Home Assistant answers. */
export async function findHomeAssistant(
  signal: AbortSignal,
  places: readonly string[] = usualPlaces,
): Promise<string | undefined> {
  const answers = await Promise.all(
    places.map(async (url) => {
      const seen = await homeAssistant(withoutToken(url))
        .outside(signal)
        .catch(() => undefined)
      return seen?.isHomeAssistant === true ? url : undefined
    }),
  )
  signal.throwIfAborted()
  return answers.find((url) => url !== undefined)
}

type Surroundings = {
  readonly signal: AbortSignal
  readonly now: () => Date
  readonly environment: Readonly<Record<string, string | undefined>>
}

/** Throws the Problem that a person has to solve first: a refused token, no such zone. */
export function lookUpZone(
  token: Secret,
  host: string,
  { signal, now, environment }: Surroundings,
): Promise<Zone> {
  refuseObviousMistakes(token)
  const baseUrl = (
    environment['GATEHOUSE_CLOUDFLARE_BASE_URL'] ??
    environment['CLOUDFLARE_BASE_URL'] ??
    'https://api.cloudflare.com/client/v4'
  ).replace(/\/+$/, '')
  return findZone(
    cloudflareClient({ baseUrl, token, now, random: () => 0.5 }),
    host,
    undefined,
    signal,
  )
}
