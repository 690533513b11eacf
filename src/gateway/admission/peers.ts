import { BlockList } from 'node:net'

import { addressOf, type Range } from '../../core/address.ts'

/** Who may speak to us at all. `edge`: Cloudflare. `local`: the owner's LAN. Everybody else gets no byte. */
export type PeerKind = 'edge' | 'local' | 'stranger'

export type Peer = { readonly kind: PeerKind; readonly address: string }

/** Decides by the address of the peer alone: it is known before a byte is read. */
export function peersOf(
  edge: readonly Range[],
  local: readonly Range[],
): (remoteAddress: string | undefined) => Peer {
  const edges = listOf(edge)
  const locals = listOf(local)
  return (remoteAddress) => {
    const address = addressOf(remoteAddress ?? '')
    if (!address) return { kind: 'stranger', address: remoteAddress ?? 'unknown' }
    // Local first: in a lab, and with a tunnel at home, a range may be both.
    const kind = locals.check(address.text, address.family)
      ? 'local'
      : edges.check(address.text, address.family)
        ? 'edge'
        : 'stranger'
    return { kind, address: address.text }
  }
}

function listOf(ranges: readonly Range[]): BlockList {
  const list = new BlockList()
  for (const { text, bits, family } of ranges)
    list.addSubnet(text.slice(0, text.indexOf('/')), bits, family)
  return list
}
