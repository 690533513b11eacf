import type { Refusal as Malformed } from './http/refusal.ts'

/** Why a connection or a request was not served. */
export type Refusal =
  /** From outside Cloudflare's ranges and the LAN. */
  | 'stranger'
  /** More connections or handshakes than one address, or all of them, may have. */
  | 'too-many'
  /** The handshake failed: an unknown name, no name, no common version, too slow. */
  | 'handshake'
  /** From the edge, but without a client certificate of ours. */
  | 'no-client-certificate'
  /** The Host is not one of the names. */
  | 'wrong-host'
  /** From the edge without one valid visitor address. */
  | 'no-visitor-address'
  | 'malformed'
  /** A head or a body that came too slowly. */
  | 'too-slow'
  /** Too many attempts to sign in. */
  | 'sign-in'
  | 'upstream-down'
  /** The upstream answered with something that has no one meaning. */
  | 'upstream-malformed'

export type Counters = {
  /** Since the start. */
  connections: number
  handshakes: number
  resumed: number
  requests: number
  webSockets: number
  /** Of messages and WebSockets, without TLS. */
  bytesIn: number
  bytesOut: number
  /** In optional mode: connections that required mode would refuse. */
  wouldRefuse: number
  /** Attempts to sign in that had to wait. */
  slowedSignIns: number
  readonly refused: Record<Refusal, number>
  /** Why messages were malformed. */
  readonly malformed: Partial<Record<Malformed, number>>
  /** Answers by the first digit of their status, 1 to 5, at that index. */
  readonly answers: [number, number, number, number, number, number]
}

export const newCounters = (): Counters => ({
  connections: 0,
  handshakes: 0,
  resumed: 0,
  requests: 0,
  webSockets: 0,
  bytesIn: 0,
  bytesOut: 0,
  wouldRefuse: 0,
  slowedSignIns: 0,
  refused: {
    stranger: 0,
    'too-many': 0,
    handshake: 0,
    'no-client-certificate': 0,
    'wrong-host': 0,
    'no-visitor-address': 0,
    malformed: 0,
    'too-slow': 0,
    'sign-in': 0,
    'upstream-down': 0,
    'upstream-malformed': 0,
  },
  malformed: {},
  answers: [0, 0, 0, 0, 0, 0],
})
