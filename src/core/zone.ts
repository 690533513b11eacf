import { depthBelow } from './name.ts'

export type ZoneState = {
  readonly name: string
  /** `active` and nothing else is proxied. */
  readonly status: string
  /** True: the whole zone is plain DNS, and answers with the home address. */
  readonly paused: boolean
  /** `full`: Cloudflare's name servers answer for it. */
  readonly type: string
}

export type ZoneTrouble = {
  readonly code: 'zone/paused' | 'zone/partial' | 'zone/not-active'
  readonly says: string
  readonly hint: string
}

/** Why nothing in the zone leads visitors to the edge; `undefined` where it can. */
export function zoneTrouble({ name, status, paused, type }: ZoneState): ZoneTrouble | undefined {
  if (paused)
    return {
      code: 'zone/paused',
      says: `the zone ${name} is paused, so its names answer with the home address`,
      hint: `resume Cloudflare for ${name} (dashboard, Overview, Advanced Actions)`,
    }
  if (status !== 'active')
    return {
      code: 'zone/not-active',
      says: `the zone ${name} is ${status}, not active`,
      hint:
        status === 'pending'
          ? `enter the name servers that Cloudflare shows for ${name} at your registrar, and wait for its mail`
          : `look at the overview of ${name} in the dashboard`,
    }
  if (type !== 'full')
    return {
      code: 'zone/partial',
      says: `${name} is a ${type} zone: other name servers than Cloudflare's answer for it`,
      hint: `make it a full zone: enter Cloudflare's name servers at the registrar of ${name}`,
    }
  return undefined
}

/** Universal SSL covers the zone and one label below it (Cloudflare docs, "Universal SSL, limitations", 2026). */
export const isBeyondUniversalSsl = (name: string, zone: ZoneState): boolean =>
  zone.type === 'full' && depthBelow(name, zone.name) > 1
