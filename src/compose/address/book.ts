import { traceAddress } from '../../adapters/cloudflare/trace.ts'
import { whoamiAddress } from '../../adapters/dns/whoami.ts'
import { routerAt, type Router, type RouterWord } from '../../adapters/port-mapping/router.ts'
import { defaultGateway } from '../../adapters/system/default-gateway.ts'
import { hostAddresses, type HostAddress } from '../../adapters/system/host-addresses.ts'
import type { Settings } from '../../config/settings.ts'
import {
  families,
  whyNotPublic,
  withinAny,
  type Address,
  type Family,
  type Range,
} from '../../core/address.ts'
import { seconds, since } from '../../core/duration.ts'
import { absent, known, type Fact } from '../../core/fact.ts'
import type { Finding } from '../../core/finding.ts'
import type { Effects } from '../effects.ts'
import { judgeIpv4 } from './judge-ipv4.ts'
import { judgeIpv6 } from './judge-ipv6.ts'
import { believe, doubt, type Judged, type Opinions, type Rules } from './opinions.ts'
import { ipv6Alone } from './trouble.ts'
import { settle, unsettled, type Settled } from './settle.ts'

/** The public addresses of the home: said by the owner, found, or none. */
export type HomeAddresses = Readonly<Record<Family, Fact<Address>>> & {
  /** What a person should know about them. */
  readonly trouble: readonly Finding[]
  /** A change is waited for; looking again makes sense then. */
  readonly until?: Date
}

/** What is known of the home's addresses, for everybody in this process who needs them. */
export type AddressBook = {
  /** As of now, or of the last seconds: within one look everybody means the same addresses. */
  current(signal: AbortSignal): Promise<HomeAddresses>
  /** Asks the sources now, whatever was known. */
  renew(signal: AbortSignal): Promise<HomeAddresses>
  /**
   * What can be told without asking anybody outside, as one text: when it is another one than before,
   * asking is worth it. Where neither router nor machine knows the address, a resolver is asked.
   */
  signs(signal: AbortSignal): Promise<string>
  /** The router, if one is to be asked. It may be another one after a move. */
  readonly router: () => Promise<Router | undefined>
}

const freshFor = seconds(10)

/** `edge` are the ranges in force; `moved` is called when the home has left an address. */
export function addressBook(
  settings: Settings,
  edge: (signal: AbortSignal) => Promise<readonly Range[]>,
  moved: () => void,
  { now }: Effects,
): AddressBook {
  const before: Record<Family, Settled> = { ipv4: unsettled, ipv6: unsettled }
  let last: { readonly at: Date; readonly homes: HomeAddresses } | undefined
  let lastRouter: Router | undefined

  async function router(): Promise<Router | undefined> {
    const address = await addressOfRouter(settings)
    if (address === undefined) return undefined
    if (lastRouter?.address !== address)
      lastRouter = routerAt(address, { now, multicast: settings.router.asked.is === 'auto' })
    return lastRouter
  }

  async function routerWord(signal: AbortSignal): Promise<RouterWord> {
    return (await (await router())?.word(signal)) ?? { is: 'silent' }
  }

  const whoami = (family: Family, signal: AbortSignal) =>
    whoamiAddress(family, settings.dns.resolvers, signal)

  async function family(
    name: Family,
    host: readonly HostAddress[],
    rules: Rules,
    signal: AbortSignal,
  ): Promise<Judged> {
    const source = settings.address[name]
    if (source.is === 'none') return believe(absent)
    if (source.is === 'fixed') return fixed(name, source.address, rules)
    const judge = name === 'ipv4' ? judgeIpv4 : judgeIpv6
    const [trace, word] = await Promise.all([
      traceAddress(name, { baseUrl: settings.cloudflare.baseUrl }, signal),
      name === 'ipv4' ? routerWord(signal) : ({ is: 'silent' } as const),
    ])
    const said: Opinions = { trace, router: word, host }
    const judged = judge(said, rules)
    if (judged !== 'ask-another') return judged
    const final = judge({ ...said, whoami: await whoami(name, signal) }, rules)
    return final === 'ask-another' ? doubt('no second source answers') : final
  }

  async function renew(signal: AbortSignal): Promise<HomeAddresses> {
    const [host, ranges] = await Promise.all([hostAddresses(), edge(signal)])
    const rules = { edge: ranges, allowed: settings.address.allow }
    const [ipv4, ipv6] = await Promise.all([
      family('ipv4', host, rules, signal),
      family('ipv6', host, rules, signal),
    ])
    const at = now()
    const homes = shown(sharedGivesWay(ipv4, ipv6), ipv6, at)
    last = { at, homes }
    return homes
  }

  function shown(ipv4: Judged, ipv6: Judged, at: Date): HomeAddresses {
    const former = families.map((each) => before[each].last?.text)
    before.ipv4 = settle(before.ipv4, ipv4.fact, at)
    before.ipv6 = settle(before.ipv6, ipv6.fact, at)
    const isOther = (each: Family, was: string | undefined) =>
      was !== undefined && was !== before[each].last?.text
    if (families.some((each, i) => isOther(each, former[i]))) moved()
    const waits = families.flatMap((each) => before[each].waiting?.until.getTime() ?? [])
    return {
      ipv4: before.ipv4.shown,
      ipv6: before.ipv6.shown,
      trouble: [...ipv4.trouble, ...ipv6.trouble],
      ...(waits.length > 0 ? { until: new Date(Math.min(...waits)) } : {}),
    }
  }

  return {
    renew,
    router,
    current: async (signal) =>
      last && since(last.at, now()) < freshFor ? last.homes : renew(signal),
    async signs(signal) {
      const [word, host] = await Promise.all([routerWord(signal), hostAddresses()])
      const own = host
        .filter((each) => !each.temporary && !each.unfit)
        .map(({ address }) => address)
      const isOut = own.some(
        ({ family, text }) =>
          family === 'ipv4' && whyNotPublic({ family, text }, settings.address.allow) === undefined,
      )
      const says = word.is === 'address' ? word.address.text : word.is
      const outside =
        word.is !== 'silent' || isOut || settings.address.ipv4.is !== 'auto'
          ? []
          : [textOf(await whoami('ipv4', signal))]
      return [says, ...outside, ...own.map(({ text }) => text).toSorted()].join(' ')
    },
  }
}

async function addressOfRouter({ router: { asked } }: Settings): Promise<string | undefined> {
  switch (asked.is) {
    case 'auto':
      return defaultGateway()
    case 'none':
      return undefined
    case 'at':
      return asked.address.text
  }
}

/** One family is enough for the edge: where IPv4 is shared and IPv6 is not, there is IPv6 alone. */
function sharedGivesWay(ipv4: Judged, ipv6: Judged): Judged {
  return ipv4.shared && ipv6.fact.is === 'known'
    ? believe(absent, ipv6Alone(ipv6.fact.value))
    : ipv4
}

function fixed(name: Family, address: Address, rules: Rules): Judged {
  if (withinAny(address, rules.edge))
    return doubt(`address.${name} ${address.text} belongs to Cloudflare`)
  const why = whyNotPublic(address, rules.allowed)
  return why === undefined
    ? believe(known(address))
    : doubt(`address.${name} ${address.text} cannot be reached from outside: ${why}`)
}

const textOf = (fact: Fact<Address>): string => (fact.is === 'known' ? fact.value.text : fact.is)
