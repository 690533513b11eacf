import { addressOf } from '../core/address.ts'
import { nameOf } from '../core/name.ts'
import type { PeerKind } from './admission.ts'

/** Belong to one connection, not to the message (RFC 9110 section 7.6.1). */
const hopByHop = new Set([
  'connection',
  'keep-alive',
  'proxy-authenticate',
  'proxy-authorization',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
  'http2-settings',
])

/** Whoever writes one of these could tell Home Assistant a false address; only we do. */
const forwarding = new Set([
  'forwarded',
  'x-forwarded-for',
  'x-forwarded-host',
  'x-forwarded-proto',
  'x-forwarded-port',
  'x-forwarded-server',
  'x-real-ip',
  'x-client-ip',
  'x-cluster-client-ip',
  'true-client-ip',
  'cf-connecting-ip',
  'cf-connecting-ipv6',
  'cf-pseudo-ipv4',
  'x-original-forwarded-for',
])

export type RawHeaders = readonly string[]

const pairsOf = (raw: RawHeaders): (readonly [string, string])[] =>
  Array.from({ length: Math.floor(raw.length / 2) }, (_, i) => [
    raw[i * 2] ?? '',
    raw[i * 2 + 1] ?? '',
  ])

const valuesOf = (raw: RawHeaders, name: string): string[] =>
  pairsOf(raw)
    .filter(([key]) => key.toLowerCase() === name)
    .map(([, value]) => value)

/**
 * The visitor's address: what the edge says of it, exactly once and valid; at home the peer itself.
 * `undefined`: there is none that could be trusted.
 */
export function visitorAddress(kind: PeerKind, peer: string, raw: RawHeaders): string | undefined {
  if (kind !== 'edge') return peer
  const [said, ...more] = valuesOf(raw, 'cf-connecting-ip')
  return said === undefined || more.length > 0 ? undefined : addressOf(said)?.text
}

/** The one Host, without its port; `undefined` when it is none or not one of the names. */
export function servedHost(raw: RawHeaders, names: readonly string[]): string | undefined {
  const [host, ...more] = valuesOf(raw, 'host')
  if (host === undefined || more.length > 0) return undefined
  const name = nameOf(host.replace(/:\d{1,5}$/, ''))
  return name !== undefined && names.includes(name) ? name : undefined
}

/** What Home Assistant is sent: the message's own headers and exactly one statement about the visitor. */
export function towardsHome(raw: RawHeaders, visitor: string): string[] {
  const kept = pairsOf(raw).filter(
    ([name]) => isForMessage(name, raw) && !forwarding.has(name.toLowerCase()),
  )
  return [...kept.flat(), 'X-Forwarded-For', visitor, 'X-Forwarded-Proto', 'https']
}

export const towardsVisitor = (raw: RawHeaders): string[] =>
  pairsOf(raw)
    .filter(([name]) => isForMessage(name, raw))
    .flat()

/** Not of this connection, neither by nature nor because `Connection` names it. */
function isForMessage(name: string, raw: RawHeaders): boolean {
  const lower = name.toLowerCase()
  return (
    !hopByHop.has(lower) &&
    !valuesOf(raw, 'connection').some((value) =>
      value
        .toLowerCase()
        .split(',')
        .some((each) => each.trim() === lower),
    )
  )
}
