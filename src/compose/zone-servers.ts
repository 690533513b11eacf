import { authoritativeServers } from '../adapters/dns/authoritative.ts'
import type { DnsServer } from '../adapters/dns/query.ts'
import type { Settings } from '../config/settings.ts'
import type { Cloud } from './cloud.ts'

/**
 * The servers that answer for the zone, all of them.
 *
 * Whatever may not exist yet is asked for here and never at a resolver, which would remember for half an
 * hour that it was not there (RFC 2308; the SOA of Cloudflare's zones says 1,800 s).
 */
export async function zoneServers(
  { dns: { nameservers, resolvers } }: Settings,
  cloud: Cloud,
  signal: AbortSignal,
): Promise<readonly DnsServer[]> {
  return nameservers.length > 0
    ? nameservers
    : authoritativeServers((await cloud.zone(signal)).nameServers, resolvers, signal)
}
