import { traceAddress } from '../adapters/cloudflare/trace.ts'
import type { Settings } from '../config/settings.ts'
import { whyNotPublic, withinAny, type Address, type Family, type Range } from '../core/address.ts'
import { absent, known, unknown, type Fact } from '../core/fact.ts'

export type HomeAddresses = Readonly<Record<Family, Fact<Address>>>

/** The public addresses of the home, as wished: found, said by the owner, or none. */
export async function homeAddresses(
  settings: Settings,
  edge: readonly Range[],
  signal: AbortSignal,
): Promise<HomeAddresses> {
  const [ipv4, ipv6] = await Promise.all([
    address('ipv4', settings, edge, signal),
    address('ipv6', settings, edge, signal),
  ])
  return { ipv4, ipv6 }
}

async function address(
  family: Family,
  settings: Settings,
  edge: readonly Range[],
  signal: AbortSignal,
): Promise<Fact<Address>> {
  const source = settings.address[family]
  switch (source.is) {
    case 'none':
      return absent
    case 'auto':
      return traceAddress(
        family,
        { baseUrl: settings.cloudflare.baseUrl, edgeRanges: edge, allowed: settings.address.allow },
        signal,
      )
    case 'fixed': {
      if (withinAny(source.address, edge))
        return unknown(`address.${family} ${source.address.text} belongs to Cloudflare`)
      const why = whyNotPublic(source.address, settings.address.allow)
      return why === undefined
        ? known(source.address)
        : unknown(`address.${family} ${source.address.text} cannot be reached from outside: ${why}`)
    }
  }
}
