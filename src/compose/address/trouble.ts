import type { Address } from '../../core/address.ts'
import { finding, type Finding } from '../../core/finding.ts'

/** What stands in the way, for somebody who never heard of NAT. */

export const behindShared = (own: Address, seen: Address): Finding =>
  finding(
    'address/cgnat',
    `your provider gives the router ${own.text}, and shares ${seen.text} among many customers (CGNAT): nobody can come in by IPv4`,
    'switch IPv6 on in the router: then one IPv6 record is enough for all visitors. Or ask the provider for a public IPv4 address',
  )

/** The same, where it does not matter. */
export const ipv6Alone = (home: Address): Finding =>
  finding(
    'address/ipv6-only',
    `your provider shares the IPv4 address among many customers (CGNAT), so ${home.text} alone is published: Cloudflare serves visitors of both families over it`,
    'let the router pass the port to this machine over IPv6, from Cloudflare only (`gatehouse firewall show`)',
  )

export const behindAnother = (own: Address, seen: Address): Finding =>
  finding(
    'address/double-nat',
    `the router has ${own.text} on its outer side: another router stands between it and the internet, and has ${seen.text}`,
    'forward the port in that one too, to this router; or switch one of the two to bridge mode',
  )

export const hasNone = (because: string, seen: Address): Finding =>
  finding(
    'address/not-the-routers',
    `the router says that it has no public address (${because}), and from outside the home is seen at ${seen.text}: the provider may share it (CGNAT), or another router may stand in front`,
    'look at the WAN address on the page of the router. If it begins with 100. or 10., set address.ipv4 to none and let IPv6 do',
  )

export const behindEdge = (seen: Address): Finding =>
  finding(
    'address/cloudflare-egress',
    `this machine speaks to the internet from ${seen.text}, which is Cloudflare's: WARP, a VPN or a proxy is on`,
    'switch it off on this machine, or say the address of the home with address.ipv4 and address.ipv6',
  )
