import { Problem } from '../../core/problem.ts'
import { lookUpAddresses } from './lookup.ts'
import type { DnsServer } from './query.ts'

/**
 * Every address of every name server of a zone: all of them may be asked by a CA or a visitor.
 *
 * `nameServers` are the names that the registry has; `resolvers` find their addresses. Throws Problem
 * `dns/no-name-servers` when none can be found.
 */
export async function authoritativeServers(
  nameServers: readonly string[],
  resolvers: readonly DnsServer[],
  signal: AbortSignal,
): Promise<DnsServer[]> {
  const found = await Promise.all(
    nameServers.flatMap((name) =>
      (['A', 'AAAA'] as const).map(async (type) => {
        const said = await lookUpAddresses(resolvers, { name, type, recursive: true }, signal)
        return said.flatMap((each) => ('values' in each ? each.values : []))
      }),
    ),
  )
  const addresses = [...new Set(found.flat().map(({ text }) => text))]
  if (addresses.length === 0) {
    throw new Problem(
      'dns/no-name-servers',
      `the addresses of the name servers ${nameServers.join(', ')} cannot be found`,
      {
        hint: 'check dns.resolvers, or name the servers themselves with dns.nameservers',
      },
    )
  }
  return addresses.map((host) => ({ host, port: 53 }))
}
