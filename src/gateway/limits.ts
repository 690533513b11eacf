/** What one peer, or all of them, may take. Times in milliseconds, sizes in bytes. */
export type Limits = {
  /** Open connections, in all and from one address. The edge gathers many visitors behind few addresses. */
  readonly connections: number
  readonly connectionsPerEdgeAddress: number
  readonly connectionsPerLocalAddress: number
  /** Handshakes under way, in all and from one address; what comes on top is reset before it costs anything. */
  readonly handshakes: number
  readonly handshakesPerAddress: number
  /** Handshakes that came to nothing, from one address in a minute; one that succeeds costs nothing. */
  readonly failedHandshakesPerMinute: number
  readonly handshakeMs: number
  /** From the first byte of a head to its last. */
  readonly headMs: number
  /** Between two requests. As long as the edge keeps a connection to an origin (Cloudflare docs, "Connection limits"). */
  readonly idleMs: number
  readonly localIdleMs: number
  /** A body that comes slower than this, over this long, is given up. */
  readonly bodyBytesPerSecond: number
  readonly bodyPatienceMs: number
  /** What a peer has not taken after this long, it will not take. */
  readonly stalledMs: number
  /** Bytes of further requests that are kept while one is answered. */
  readonly pipelinedBytes: number
  /** To open a connection to Home Assistant: one hop on the LAN. */
  readonly connectMs: number
  /** Until Home Assistant begins to answer. The edge gives up after 120 s (Cloudflare docs, "Error 524"); at home a backup takes longer. */
  readonly answerMs: number
  /** A WebSocket without a byte either way; Home Assistant's pages ping every 30 s. */
  readonly webSocketIdleMs: number
  /** When it stops: for what is under way. */
  readonly drainMs: number
}

export const defaultLimits: Limits = {
  connections: 4096,
  connectionsPerEdgeAddress: 2560,
  connectionsPerLocalAddress: 256,
  handshakes: 512,
  handshakesPerAddress: 256,
  failedHandshakesPerMinute: 300,
  handshakeMs: 10_000,
  headMs: 15_000,
  idleMs: 900_000,
  localIdleMs: 120_000,
  bodyBytesPerSecond: 512,
  bodyPatienceMs: 30_000,
  stalledMs: 120_000,
  pipelinedBytes: 65_536,
  connectMs: 5000,
  answerMs: 900_000,
  webSocketIdleMs: 900_000,
  drainMs: 800,
}
