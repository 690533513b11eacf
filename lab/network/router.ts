import { writeFile } from 'node:fs/promises'

import { addresses } from './addresses.ts'
import { must, type Host } from './namespaces.ts'

/** The port forward of IPv4, right and in the ways that people get it wrong. */
export type Forward =
  /** Only Cloudflare's ranges are let in. */
  | 'edge-only'
  /** Anybody is. */
  | 'any-source'
  /** The guide's "source port 443", taken by its word: nobody connects from that port, Cloudflare neither. */
  | 'source-port'
  | 'none'

/** What the router lets through to the home over IPv6, where there is no NAT and no forward to forget. */
export type Filter = 'edge-only' | 'any-source' | 'closed'

export type RouterRules = { readonly ipv4: Forward; readonly ipv6: Filter }

/**
 * Makes the router forward so from the next connection on: real NAT and a real filter, by nftables. It counts at its
 * border, before any rule, what came for the home: `asked_edge`, `asked_others`.
 */
export async function setRules(router: Host, folder: string, rules: RouterRules): Promise<void> {
  const file = `${folder}/router-${rules.ipv4}-${rules.ipv6}.nft`
  await writeFile(file, script(rules))
  await must(router.inside(['nft', '-f', file]))
}

/** The sets `edge4` and `edge6`: Cloudflare's ranges in this world. */
export const edgeSets = `
  set edge4 { type ipv4_addr; flags interval; elements = { ${addresses.edge.ranges.ipv4.join(', ')} } }
  set edge6 { type ipv6_addr; flags interval; elements = { ${addresses.edge.ranges.ipv6.join(', ')} } }`

const script = ({ ipv4, ipv6 }: RouterRules): string => `
table inet home {}
flush table inet home
table inet home {
  ${edgeSets}
  counter asked_edge {}
  counter asked_others {}

  chain border {
    type filter hook prerouting priority -200;
    iifname "internet" tcp dport { 80, 443, 8123 } ip saddr @edge4 counter name asked_edge
    iifname "internet" tcp dport { 80, 443, 8123 } ip saddr != @edge4 counter name asked_others
    iifname "internet" tcp dport { 80, 443, 8123 } ip6 saddr @edge6 counter name asked_edge
    iifname "internet" tcp dport { 80, 443, 8123 } ip6 saddr != @edge6 counter name asked_others
  }
  chain forwarding {
    type nat hook prerouting priority dstnat;
    ${forwards[ipv4]}
  }
  chain leaving {
    type nat hook postrouting priority srcnat;
    oifname "internet" ip saddr 192.0.2.0/24 masquerade
  }
  chain passing {
    type filter hook forward priority filter; policy drop;
    ct state established,related accept
    iifname "lan" accept
    iifname "internet" ct status dnat accept
    icmpv6 type { destination-unreachable, packet-too-big, time-exceeded, parameter-problem } accept
    ${filters[ipv6]}
  }
  chain itself {
    type filter hook input priority filter; policy drop;
    ct state established,related accept
    iifname { "lan", "lo" } accept
    meta l4proto { icmp, icmpv6 } accept
  }
}
`

const to = `dnat ip to ${addresses.home.ipv4}:443`
const forwards: Readonly<Record<Forward, string>> = {
  'edge-only': `iifname "internet" ip saddr @edge4 tcp dport 443 ${to}`,
  'any-source': `iifname "internet" tcp dport 443 ${to}`,
  'source-port': `iifname "internet" ip saddr @edge4 tcp sport 443 tcp dport 443 ${to}`,
  none: '',
}
const filters: Readonly<Record<Filter, string>> = {
  'edge-only': `iifname "internet" ip6 saddr @edge6 ip6 daddr ${addresses.home.ipv6} tcp dport 443 accept`,
  'any-source': `iifname "internet" ip6 daddr ${addresses.prefix} accept`,
  closed: '',
}
