/** Why a connection or a request was not served. */
export type Refusal =
  /** From outside Cloudflare's ranges and the LAN. */
  | 'stranger'
  /** The handshake failed: an unknown name, no name, no common version, too slow. */
  | 'handshake'
  /** From the edge, but without a client certificate of ours. */
  | 'no-client-certificate'
  /** The Host is not one of the names. */
  | 'wrong-host'
  /** From the edge without one valid visitor address. */
  | 'no-visitor-address'
  | 'malformed'
  | 'upstream-down'

export type Counters = {
  /** Since the start. */
  connections: number
  requests: number
  webSockets: number
  /** In optional mode: connections that required mode would refuse. */
  wouldRefuse: number
  readonly refused: Record<Refusal, number>
}

export const newCounters = (): Counters => ({
  connections: 0,
  requests: 0,
  webSockets: 0,
  wouldRefuse: 0,
  refused: {
    stranger: 0,
    handshake: 0,
    'no-client-certificate': 0,
    'wrong-host': 0,
    'no-visitor-address': 0,
    malformed: 0,
    'upstream-down': 0,
  },
})
