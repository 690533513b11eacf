import { z } from 'zod'

const limit = (means: string, usual: number, least: number, most: number) => {
  const says = `must be ${least} to ${most}`
  return z
    .number()
    .int('must be a whole number')
    .min(least, says)
    .max(most, says)
    .default(usual)
    .describe(means)
}

/** What a home may have reason to change; everything else that is bounded has one right measure. */
export const limits = z
  .strictObject({
    connections: limit('open connections, in all', 4096, 16, 100_000),
    connections_per_edge_address: limit(
      'open connections from one address of the edge, which gathers many visitors',
      2560,
      16,
      100_000,
    ),
    connections_per_local_address: limit(
      'open connections from one address at home',
      256,
      1,
      100_000,
    ),
    handshakes: limit('TLS handshakes under way, in all', 512, 8, 10_000),
    handshakes_per_address: limit('TLS handshakes under way from one address', 256, 4, 10_000),
    header_seconds: limit('for the head of a request, from its first byte', 15, 1, 300),
    idle_seconds: limit('between two requests of a connection of the edge', 900, 5, 86_400),
    body_bytes_per_second: limit(
      'a body that comes slower, over half a minute, is given up',
      512,
      1,
      10_000_000,
    ),
    answer_seconds: limit('until the service at home begins to answer', 900, 1, 86_400),
    websocket_idle_seconds: limit('a WebSocket without a byte either way', 900, 35, 86_400),
  })
  .describe('how much the gateway takes from its peers')
