import { isPrivate, isShared, whyNotPublic, withinAny, type Address } from '../../core/address.ts'
import { absent } from '../../core/fact.ts'
import { behindAnother, behindEdge, behindShared, hasNone } from './trouble.ts'
import { believe, doubt, type Judged, type Opinions, type Rules } from './opinions.ts'

/**
 * The IPv4 address of the home: what is seen from outside, if somebody else says the same. The second
 * voice is the router's, this machine's own (where it is the router), or a resolver's.
 *
 * `ask-another`: a resolver is to be asked too, before anything is believed.
 */
export function judgeIpv4(said: Opinions, rules: Rules): Judged | 'ask-another' {
  const { trace, router, host, whoami } = said
  if (trace.is !== 'known') {
    if (!host.some(({ address }) => address.family === 'ipv4')) return believe(absent)
    return doubt(trace.is === 'unknown' ? trace.because : 'nobody saw one')
  }
  const seen = trace.value
  if (withinAny(seen, rules.edge)) return doubt(`${seen.text} is Cloudflare's`, behindEdge(seen))
  const why = whyNotPublic(seen, rules.allowed)
  if (why !== undefined) return doubt(`${seen.text} cannot be reached from outside: ${why}`)

  if (host.some(({ address }) => address.text === seen.text)) return believe(trace)
  if (router.is === 'address') {
    const own = router.address
    if (own.text === seen.text) return believe(trace)
    if (isShared(own))
      return { ...doubt(`the provider shares ${seen.text}`, behindShared(own, seen)), shared: true }
    if (isPublic(own, rules))
      return doubt(
        `the router says that it has ${own.text}, and from outside this machine is seen at ${seen.text}: a VPN, or a second line`,
      )
  }
  if (whoami === undefined) return 'ask-another'
  if (whoami.is !== 'known')
    return doubt(
      `only one source says ${seen.text}; ${whoami.is === 'unknown' ? whoami.because : 'no other answers'}, and ${routerSaid(said)}`,
    )
  if (whoami.value.text !== seen.text)
    return doubt(`one source says ${seen.text}, another ${whoami.value.text}`)
  switch (router.is) {
    case 'address':
      // Whoever stands before the router may forward to it: the address may well lead home.
      return believe(trace, behindAnother(router.address, seen))
    case 'none':
      return believe(trace, hasNone(router.because, seen))
    case 'silent':
      return believe(trace)
  }
}

/** Private addresses are told apart first: a lab may declare anything public, its own LAN too. */
const isPublic = (address: Address, { allowed, edge }: Rules): boolean =>
  withinAny(address, edge) || (!isPrivate(address) && whyNotPublic(address, allowed) === undefined)

function routerSaid({ router }: Opinions): string {
  switch (router.is) {
    case 'address':
      return `the router has only ${router.address.text}`
    case 'none':
      return `the router has none (${router.because})`
    case 'silent':
      return 'the router does not say'
  }
}
