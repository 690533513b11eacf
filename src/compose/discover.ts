import { networkInterfaces } from 'node:os'

import { cloudflareClient, type CloudflareClient } from '../adapters/cloudflare/client.ts'
import { refuseObviousMistakes } from '../adapters/cloudflare/token-shape.ts'
import { traceCountry } from '../adapters/cloudflare/trace.ts'
import { findZone, listZones, type Zone } from '../adapters/cloudflare/zones.ts'
import { withoutToken } from '../adapters/home-assistant/access.ts'
import { homeAssistant } from '../adapters/home-assistant/home-assistant.ts'
import { addressOf, isPrivate, networkRange } from '../core/address.ts'
import { Problem } from '../core/problem.ts'
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

/** Signs in once. Throws the Problem that the owner has to solve. */
export async function tryHomeAssistantToken(
  url: string,
  token: Secret,
  signal: AbortSignal,
): Promise<void> {
  await homeAssistant({ ...withoutToken(url), token }).inside(signal)
}

type Surroundings = {
  readonly signal: AbortSignal
  readonly now: () => Date
  readonly environment: Readonly<Record<string, string | undefined>>
}

/** Before there is a configuration: only a test world has another. */
const baseUrlIn = (environment: Surroundings['environment']): string =>
  (
    environment['GATEHOUSE_CLOUDFLARE_BASE_URL'] ??
    environment['CLOUDFLARE_BASE_URL'] ??
    'https://api.cloudflare.com/client/v4'
  ).replace(/\/+$/, '')

function clientWith(token: Secret, { now, environment }: Surroundings): CloudflareClient {
  refuseObviousMistakes(token)
  return cloudflareClient({ baseUrl: baseUrlIn(environment), token, now, random: () => 0.5 })
}

/** Throws the Problem that a person has to solve first: a refused token, no such zone. */
export const lookUpZone = (
  token: Secret,
  host: string,
  surroundings: Surroundings,
): Promise<Zone> => findZone(clientWith(token, surroundings), host, undefined, surroundings.signal)

/** The zones that the token sees, by name. Throws as `lookUpZone` does, but for tokens that may not list. */
export async function zonesOf(
  token: Secret,
  surroundings: Surroundings,
): Promise<readonly string[]> {
  try {
    return (await listZones(clientWith(token, surroundings), surroundings.signal)).map(
      ({ name }) => name,
    )
  } catch (error) {
    if (error instanceof Problem && error.code === 'token/missing-permission') return []
    throw error
  }
}

/** The country that this machine is seen to be in; `undefined` where that is not known. */
export const countryHere = ({ environment, signal }: Surroundings): Promise<string | undefined> =>
  traceCountry(baseUrlIn(environment), signal)
