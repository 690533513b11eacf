import { folded } from './bytes.ts'

/**
 * The fields that mean something to the gateway. `dropped`: never passed on, whatever it says. The rest is nobody's
 * business but the two ends'.
 */
export const field = {
  other: 0,
  dropped: 1,
  host: 2,
  contentLength: 3,
  transferEncoding: 4,
  connection: 5,
  upgrade: 6,
  expect: 7,
  visitor: 8,
  webSocketKey: 9,
  webSocketVersion: 10,
} as const

/** Belong to one connection, not to the message (RFC 9110 section 7.6.1, RFC 9113 section 8.2.2). */
const hopByHop = [
  'keep-alive',
  'proxy-authenticate',
  'proxy-authorization',
  'proxy-connection',
  'te',
  'trailer',
  'http2-settings',
]

/** Whoever writes one of these could tell Home Assistant a false address; only we do. */
const forwarding = [
  'forwarded',
  'x-forwarded',
  'x-forwarded-for',
  'x-forwarded-host',
  'x-forwarded-proto',
  'x-forwarded-protocol',
  'x-forwarded-port',
  'x-forwarded-server',
  'x-forwarded-ssl',
  'x-forwarded-scheme',
  'x-forwarded-prefix',
  'x-scheme',
  'x-real-ip',
  'x-client-ip',
  'x-cluster-client-ip',
  'x-original-forwarded-for',
  'x-original-host',
  'true-client-ip',
  'fastly-client-ip',
  'cf-connecting-ipv6',
  'cf-pseudo-ipv4',
  'front-end-https',
]

const known: readonly (readonly [string, number])[] = [
  ['host', field.host],
  ['content-length', field.contentLength],
  ['transfer-encoding', field.transferEncoding],
  ['connection', field.connection],
  ['upgrade', field.upgrade],
  ['expect', field.expect],
  ['cf-connecting-ip', field.visitor],
  ['sec-websocket-key', field.webSocketKey],
  ['sec-websocket-version', field.webSocketVersion],
  ...[...hopByHop, ...forwarding].map((name) => [name, field.dropped] as const),
]

type Entry = { readonly name: Uint8Array; readonly id: number }

const slots: (Entry | undefined)[] = Array.from({ length: 256 })
const mask = slots.length - 1
/** Length and both ends tell names apart well enough that hardly any other is compared. */
const slotOf = (length: number, first: number, last: number): number =>
  (length * 37 + (folded[first] ?? 0) * 5 + (folded[last] ?? 0)) & mask

for (const [text, id] of known) {
  const name = Buffer.from(text, 'latin1')
  let slot = slotOf(name.length, name[0] ?? 0, name.at(-1) ?? 0)
  while (slots[slot]) slot = (slot + 1) & mask
  slots[slot] = { name, id }
}

/**
 * What the name in `bytes[from, to)` is to us. Written with `_` for `-` it is no name of ours, but some servers take it
 * for one: it is dropped.
 */
export function fieldOf(bytes: Uint8Array, from: number, to: number): number {
  const start = slotOf(to - from, bytes[from] ?? 0, bytes[to - 1] ?? 0)
  for (let slot = start; ; slot = (slot + 1) & mask) {
    const entry = slots[slot]
    if (!entry) return field.other
    if (entry.name.length === to - from) {
      const match = compare(entry.name, bytes, from)
      if (match !== 'differs') return match === 'disguised' ? field.dropped : entry.id
    }
  }
}

function compare(name: Uint8Array, bytes: Uint8Array, from: number) {
  let disguised = false
  for (let i = 0; i < name.length; i++) {
    const byte = bytes[from + i] ?? 0
    if (folded[byte] !== name[i]) return 'differs'
    if (byte === 0x5f) disguised = true
  }
  return disguised ? 'disguised' : 'same'
}
