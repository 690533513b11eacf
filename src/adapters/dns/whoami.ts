import { addressOf, type Address, type Family } from '../../core/address.ts'
import { known, unknown, type Fact } from '../../core/fact.ts'
import { lookUpTexts } from './lookup.ts'
import type { DnsServer } from './query.ts'

/**
 * The public address of this home as Cloudflare's resolvers see it (`TXT CH whoami.cloudflare`).
 *
 * A second opinion beside `cdn-cgi/trace`, and no more than that: whoever is on the path can answer in
 * the resolver's place, and a resolver that is not Cloudflare's does not know the name.
 */
export async function whoamiAddress(
  family: Family,
  resolvers: readonly DnsServer[],
  signal: AbortSignal,
): Promise<Fact<Address>> {
  // The address of a family is only seen by a server that is spoken to in it.
  const servers = resolvers.filter(({ host }) => addressOf(host)?.family === family)
  const asked = { name: 'whoami.cloudflare', class: 'CH', recursive: true } as const
  const said = (await lookUpTexts(servers, asked, signal)).flatMap((each) =>
    'values' in each ? each.values : [],
  )
  const addresses = said.map(addressOf).filter((each) => each?.family === family)
  const [first] = addresses
  if (!first) return unknown('no resolver said from which address it was asked')
  const all = new Set(addresses.map((each) => each?.text))
  return all.size === 1
    ? known(first)
    : unknown(`the resolvers were asked from different addresses (${[...all].join(', ')})`)
}
