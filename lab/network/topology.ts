import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { addresses } from './addresses.ts'
import { countArrivals } from './counters.ts'
import { cable, configure, makeNamespaces, must, type Host } from './namespaces.ts'
import { setRules, type RouterRules } from './router.ts'

/**
 *     visitor ─┐
 *     stranger ├─ internet ─── router ─── lan ─┬─ home (Gatehouse)
 *     vantage ─┤               (nftables)      └─ home-assistant
 *     edge ────┘
 */
export type Topology = {
  readonly visitor: Host
  readonly stranger: Host
  readonly vantage: Host
  /** Cloudflare: API, name servers and proxy. Every tenant's packets come from here. */
  readonly edge: Host
  readonly router: Host
  readonly home: Host
  readonly homeAssistant: Host
  /** For files of this lab; it goes with it. */
  readonly folder: string
  setRouter(rules: RouterRules): Promise<void>
  close(): Promise<void>
}

/** Everything wired, the router set so, nobody running yet. Needs root, `ip` and `nft`; half a second. */
export async function createTopology(rules: RouterRules): Promise<Topology> {
  const names = [
    'visitor',
    'stranger',
    'vantage',
    'edge',
    'internet',
    'router',
    'home',
    'ha',
  ] as const
  const namespaces = await makeNamespaces(names)
  const folder = await mkdtemp(join(tmpdir(), 'gatehouse-network-'))
  const host = (name: (typeof names)[number]): Host => {
    const found = namespaces.hosts.get(name)
    if (!found) throw new Error(`no host ${name}`)
    return found
  }
  const close = async (): Promise<void> => {
    await namespaces.close()
    await rm(folder, { recursive: true, force: true })
  }
  const router = host('router')
  try {
    await wireInternet(host)
    await wireHome(host)
    await countArrivals(host('home'), host('ha'), folder)
    await setRules(router, folder, rules)
  } catch (error) {
    await close()
    throw error
  }
  return {
    visitor: host('visitor'),
    stranger: host('stranger'),
    vantage: host('vantage'),
    edge: host('edge'),
    router,
    home: host('home'),
    homeAssistant: host('ha'),
    folder,
    setRouter: async (changed) => await setRules(router, folder, changed),
    close,
  }
}

type Hosts = (
  name: 'visitor' | 'stranger' | 'vantage' | 'edge' | 'internet' | 'router' | 'home' | 'ha',
) => Host

/** Everybody who is on the internet of this lab. */
export const world = [
  '198.51.100.0/24',
  '203.0.113.0/24',
  '2001:db8::/32',
  addresses.provider.range,
  addresses.provider.carrier,
]

/** One bridge is the whole internet: everybody on it is a neighbour, and the home's prefix lies behind its router. */
async function wireInternet(host: Hosts): Promise<void> {
  const internet = host('internet')
  const { edge, visitor, stranger, vantage, router, prefix } = addresses
  await configure(internet, ['link add name bridge type bridge', 'link set bridge up'])
  const inhabitants = {
    edge: [
      edge.api,
      edge.apiIpv6,
      ...edge.nameServers,
      edge.resolver,
      edge.authority,
      edge.ipv4,
      edge.ipv6,
      edge.egress.ipv4,
      edge.egress.ipv6,
    ],
    visitor: [visitor.ipv4, visitor.ipv6],
    stranger: [stranger.ipv4, stranger.ipv6],
    vantage: [vantage.ipv4, vantage.ipv6],
    router: [router.ipv4, router.ipv6],
  }
  for (const [name, its] of Object.entries(inhabitants)) {
    const inhabitant = host(name as keyof typeof inhabitants)
    await cable(inhabitant, internet)
    await configure(internet, [`link set ${name} master bridge`])
    await configure(inhabitant, [
      ...its.map((address) => `address add ${single(address)} dev internet nodad`),
      ...world.map((range) => `route add ${range} dev internet`),
      ...(name === 'router' ? [] : [`route add ${prefix} via ${router.ipv6}`]),
    ])
  }
}

/** The LAN is a bridge in the router, as in a router. */
async function wireHome(host: Hosts): Promise<void> {
  const router = host('router')
  const { home, homeAssistant } = addresses
  await must(
    router.inside(['sysctl', '-qw', 'net.ipv4.ip_forward=1', 'net.ipv6.conf.all.forwarding=1']),
  )
  await configure(router, [
    'link add name lan type bridge',
    'link set lan up',
    `address add ${addresses.router.lan}/24 dev lan`,
    `address add ${addresses.router.lanIpv6}/64 dev lan nodad`,
  ])
  for (const [name, its] of [
    ['home', home],
    ['ha', homeAssistant],
  ] as const) {
    await cable(host(name), router)
    await configure(router, [`link set ${name} master lan`])
    await configure(host(name), [
      `address add ${its.ipv4}/24 dev router`,
      `address add ${its.ipv6}/64 dev router nodad`,
      `route add default via ${addresses.router.lan}`,
      `route add ::/0 via ${addresses.router.lanIpv6}`,
    ])
  }
}

const single = (address: string): string => `${address}/${address.includes(':') ? 128 : 32}`
