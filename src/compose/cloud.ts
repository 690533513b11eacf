import { challengeRecords } from '../adapters/cloudflare/challenge.ts'
import { cloudflareClient, type CloudflareClient } from '../adapters/cloudflare/client.ts'
import { zoneRecords } from '../adapters/cloudflare/records.ts'
import { refuseObviousMistakes } from '../adapters/cloudflare/token-shape.ts'
import { findZone, type Zone } from '../adapters/cloudflare/zones.ts'
import type { Settings } from '../config/settings.ts'
import { isWithin } from '../core/name.ts'
import { Problem } from '../core/problem.ts'
import type { Secret } from '../core/secret.ts'
import type { Effects } from './effects.ts'
import { onceEvery } from './memo.ts'

/** One minute: a look asks once, and a zone that was paused meanwhile is noticed by the next. */
const zoneIsFreshFor = 60_000

/** Cloudflare as this home uses it. */
export type Cloud = {
  /** With the setup token where there is one: for rules and settings. */
  readonly client: CloudflareClient
  zone(signal: AbortSignal): Promise<Zone>
  /** Looked up afresh. */
  zoneNow(signal: AbortSignal): Promise<Zone>
  records(signal: AbortSignal): Promise<ReturnType<typeof zoneRecords>>
  challenges(signal: AbortSignal): Promise<ReturnType<typeof challengeRecords>>
}

export function composeCloud(settings: Settings, effects: Effects): Cloud {
  const { setupToken, token: dailyToken } = settings.cloudflare
  for (const given of [setupToken, dailyToken]) if (given) refuseObviousMistakes(given)
  const token = setupToken ?? dailyToken ?? missing()
  const client = clientFor(settings, token, effects)
  const zoneNow = async (signal: AbortSignal): Promise<Zone> => {
    const [main, ...others] = settings.names
    const zone = await findZone(client, main ?? '', settings.cloudflare.zoneId, signal)
    const elsewhere = others.find((name) => !isWithin(name, zone.name))
    if (elsewhere === undefined) return zone
    throw new Problem('zone/several', `${elsewhere} does not belong to the zone ${zone.name}`, {
      hint: 'one configuration serves the names of one zone: make a second one for the other',
      usage: true,
    })
  }
  const zone = onceEvery(zoneIsFreshFor, effects.now, zoneNow)
  const records = async (signal: AbortSignal) => zoneRecords(client, (await zone(signal)).id)
  return {
    client,
    zone,
    zoneNow,
    records,
    challenges: async (signal) => challengeRecords(await records(signal)),
  }
}

export const clientFor = (
  settings: Settings,
  token: Secret,
  { now, random, time, observeCall }: Effects,
): CloudflareClient =>
  cloudflareClient({
    baseUrl: settings.cloudflare.baseUrl,
    token,
    now,
    random,
    ...(time === undefined ? {} : { rest: (duration, signal) => time.rest(duration, signal) }),
    ...(observeCall === undefined ? {} : { observe: observeCall }),
  })

function missing(): never {
  throw new Problem('token/missing', 'there is no token for Cloudflare', {
    hint: 'open the page that `gatehouse token url` prints, make the token, and put it into a file named by cloudflare.token_file',
    usage: true,
  })
}
