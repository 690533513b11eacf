import { z } from 'zod'

import { isWithin, suffixesOf } from '../../core/name.ts'
import { Problem } from '../../core/problem.ts'
import type { CloudflareClient } from './client.ts'

const zone = z.object({
  id: z.string(),
  name: z.string(),
  status: z.string(),
  paused: z.boolean().catch(false),
  type: z.string().catch('full'),
  name_servers: z.array(z.string()).nullish(),
  account: z.object({ id: z.string(), name: z.string().catch('') }),
})

export type Zone = {
  readonly id: string
  readonly name: string
  /** `active` and nothing else is proxied. */
  readonly status: string
  /** True: the whole zone is plain DNS, and answers with the home address. */
  readonly paused: boolean
  readonly type: string
  readonly nameServers: readonly string[]
  readonly account: { readonly id: string; readonly name: string }
}

/**
 * The zone that a host name belongs to: the longest suffix that the account has.
 *
 * Throws Problem `zone/not-found`, or `zone/ambiguous` when several accounts have it.
 */
export async function findZone(
  client: CloudflareClient,
  host: string,
  zoneId: string | undefined,
  signal: AbortSignal,
): Promise<Zone> {
  if (zoneId !== undefined) return byId(client, host, zoneId, signal)
  for (const name of suffixesOf(host)) {
    // Always with a name: listing all zones fails for tokens of one zone.
    const found = await client.list(
      { path: '/zones', query: { name, per_page: '50' }, schema: zone },
      signal,
    )
    const exact = found.filter((each) => each.name === name)
    if (exact.length > 1) {
      const accounts = exact.map(({ account, id }) => `${account.name} (${id})`).join(', ')
      throw new Problem('zone/ambiguous', `${name} is a zone of several accounts: ${accounts}`, {
        hint: 'say which one with cloudflare.zone_id',
      })
    }
    if (exact[0]) return shaped(exact[0])
  }
  throw new Problem('zone/not-found', `no zone for ${host} can be seen with this token`, {
    hint: `add the domain at Cloudflare, or give the token "Zone: Read" and "DNS: Edit" for it; where it may not look the zone up, set cloudflare.zone_id`,
  })
}

/** Every zone that the token sees: what a person may choose from, and never what a program decides by. */
export const listZones = async (client: CloudflareClient, signal: AbortSignal): Promise<Zone[]> =>
  (await client.list({ path: '/zones', query: { per_page: '50' }, schema: zone }, signal)).map(
    shaped,
  )

async function byId(
  client: CloudflareClient,
  host: string,
  id: string,
  signal: AbortSignal,
): Promise<Zone> {
  const found = shaped(
    await client.call({ method: 'GET', path: `/zones/${id}`, schema: zone }, signal),
  )
  if (isWithin(host, found.name)) return found
  throw new Problem('zone/not-found', `${host} does not belong to the zone ${found.name}`, {
    hint: 'mend names or cloudflare.zone_id',
    usage: true,
  })
}

const shaped = ({ name_servers: nameServers, ...rest }: z.output<typeof zone>): Zone => ({
  ...rest,
  nameServers: nameServers ?? [],
})
