import type { HostAddress } from '../../adapters/system/host-addresses.ts'
import { sameNetwork, whyNotPublic, withinAny } from '../../core/address.ts'
import { absent, known } from '../../core/fact.ts'
import { behindEdge } from './trouble.ts'
import { believe, doubt, type Judged, type Opinions, type Rules } from './opinions.ts'

/** What one link has (RFC 4291 section 2.5.1). */
const linkBits = 64

/**
 * The IPv6 address of the home: a lasting one of this machine, in the network in which it is seen from
 * outside. What is seen itself may be a temporary one (RFC 8981), which is gone tomorrow.
 */
export function judgeIpv6(said: Opinions, rules: Rules): Judged | 'ask-another' {
  const { trace, host, whoami } = said
  const own = host.filter(
    ({ address }) =>
      address.family === 'ipv6' && whyNotPublic(address, rules.allowed) === undefined,
  )
  if (own.length === 0) return believe(absent)
  if (trace.is !== 'known') return doubt(trace.is === 'unknown' ? trace.because : 'nobody saw one')
  const seen = trace.value
  if (withinAny(seen, rules.edge)) return doubt(`${seen.text} is Cloudflare's`, behindEdge(seen))
  const why = whyNotPublic(seen, rules.allowed)
  if (why !== undefined) return doubt(`${seen.text} cannot be reached from outside: ${why}`)

  const [best] = own
    .filter((each) => !each.temporary && !each.unfit)
    .filter(({ address }) => sameNetwork(address, seen, linkBits))
    .toSorted(lastingFirst)
  if (best) return believe(known(best.address))
  if (own.some(({ address }) => sameNetwork(address, seen, linkBits)))
    return doubt(
      `${seen.text} is a temporary address, and this machine has no lasting one beside it`,
    )
  if (whoami === undefined) return 'ask-another'
  if (whoami.is === 'known' && whoami.value.text === seen.text) return believe(trace)
  return doubt(`this machine is seen at ${seen.text}, which is none of its addresses`)
}

/** Always the same of several, so that a record does not go to and fro between them. */
const lastingFirst = (a: HostAddress, b: HostAddress): number =>
  Number(b.permanent) - Number(a.permanent) || (a.address.text < b.address.text ? -1 : 1)
