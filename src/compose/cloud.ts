import { challengeRecords } from '../adapters/cloudflare/challenge.ts'
import { cloudflareClient, type CloudflareClient } from '../adapters/cloudflare/client.ts'
import { zoneRecords } from '../adapters/cloudflare/records.ts'
import { CloudflareRefusal } from '../adapters/cloudflare/refusal.ts'
import { refuseObviousMistakes } from '../adapters/cloudflare/token-shape.ts'
import { findZone, type Zone } from '../adapters/cloudflare/zones.ts'
import type { Settings } from '../config/settings.ts'
import { minutes, since } from '../core/duration.ts'
import { isWithin } from '../core/name.ts'
import { Problem } from '../core/problem.ts'
import type { Secret } from '../core/secret.ts'
import type { Effects } from './effects.ts'

/** One minute: a look asks once, and a zone that was paused meanwhile is noticed by the next. */
const zoneIsFreshFor = minutes(1)

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
  const [main = '', ...others] = settings.names
  let seen: { readonly zone: Zone; readonly at: Date } | undefined
  let asked: Promise<Zone> | undefined

  /** By its id once that is known: one call, instead of one for each label of the name. */
  const lookUp = async (signal: AbortSignal): Promise<Zone> => {
    const { zoneId } = settings.cloudflare
    try {
      return await findZone(client, main, zoneId ?? seen?.zone.id, signal)
    } catch (error) {
      const isGone =
        error instanceof CloudflareRefusal && (error.status === 403 || error.status === 404)
      if (zoneId !== undefined || seen === undefined || !isGone) throw error
      // It may have been taken away and added again.
      seen = undefined
      return findZone(client, main, undefined, signal)
    }
  }
  const find = async (signal: AbortSignal): Promise<Zone> => {
    const found = await lookUp(signal)
    const elsewhere = others.find((name) => !isWithin(name, found.name))
    if (elsewhere === undefined) {
      seen = { zone: found, at: effects.now() }
      return found
    }
    throw new Problem('zone/several', `${elsewhere} does not belong to the zone ${found.name}`, {
      hint: 'one configuration serves the names of one zone: make a second one for the other',
      usage: true,
    })
  }
  const zoneNow = (signal: AbortSignal): Promise<Zone> => {
    const asking = find(signal).finally(() => {
      if (asked === asking) asked = undefined
    })
    asked = asking
    return asking
  }
  /** Whoever does not need it afresh waits for an answer that is under way. */
  const zone = (signal: AbortSignal): Promise<Zone> => {
    if (asked) return asked
    const age = seen && since(seen.at, effects.now())
    if (seen && age !== undefined && age >= 0 && age < zoneIsFreshFor)
      return Promise.resolve(seen.zone)
    return zoneNow(signal)
  }
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
