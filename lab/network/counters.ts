import { writeFile } from 'node:fs/promises'

import { edgeSets } from './router.ts'
import { must, type Host } from './namespaces.ts'

/** Packets and bytes since the counter was made. */
export type Count = { readonly packets: number; readonly bytes: number }

/** By the name of the counter. Packets decide: what is zero here has not happened, whatever a program says. */
export async function readCounters(host: Host): Promise<Readonly<Record<string, Count>>> {
  const answer = JSON.parse(await must(host.inside(['nft', '-j', 'list', 'counters']))) as {
    nftables: { counter?: { name: string; packets: number; bytes: number } }[]
  }
  return Object.fromEntries(
    answer.nftables.flatMap(({ counter }) =>
      counter ? [[counter.name, { packets: counter.packets, bytes: counter.bytes }]] : [],
    ),
  )
}

/** Sets the counters of a host back to zero. */
export const resetCounters = async (host: Host): Promise<void> => {
  await must(host.inside(['nft', 'reset', 'counters']))
}

/**
 * Counts on Gatehouse's machine what arrives for it at all (`edge`, `others`), and on Home Assistant's what arrives at
 * its port with something in it (`asked`: packets longer than their headers), by TCP over IPv4 and IPv6.
 */
export async function countArrivals(
  home: Host,
  homeAssistant: Host,
  folder: string,
): Promise<void> {
  const atHome = `
table inet arrivals {
  ${edgeSets}
  counter edge {}
  counter others {}
  chain arriving {
    type filter hook input priority filter;
    iifname != "lo" tcp dport 443 ip saddr @edge4 counter name edge
    iifname != "lo" tcp dport 443 ip6 saddr @edge6 counter name edge
    iifname != "lo" tcp dport 443 ip saddr != @edge4 counter name others
    iifname != "lo" tcp dport 443 ip6 saddr != @edge6 counter name others
  }
}`
  // 20 or 40 bytes of IP and 32 of TCP with its timestamps: whatever is longer carries a message.
  const atHomeAssistant = `
table inet arrivals {
  counter asked {}
  chain arriving {
    type filter hook input priority filter;
    iifname != "lo" tcp dport 8123 meta nfproto ipv4 meta length > 60 counter name asked
    iifname != "lo" tcp dport 8123 meta nfproto ipv6 meta length > 80 counter name asked
  }
}`
  for (const [host, script] of [
    [home, atHome],
    [homeAssistant, atHomeAssistant],
  ] as const) {
    const file = `${folder}/arrivals-${host.name}.nft`
    await writeFile(file, script)
    await must(host.inside(['nft', '-f', file]))
  }
}
