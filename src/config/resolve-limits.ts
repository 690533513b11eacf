import type { z } from 'zod'

import { seconds } from '../core/duration.ts'
import type { limits } from './limits-schema.ts'
import type { LimitSettings } from './settings.ts'

export const limitsOf = (raw: z.infer<typeof limits>): LimitSettings => ({
  connections: raw.connections,
  connectionsPerEdgeAddress: raw.connections_per_edge_address,
  connectionsPerLocalAddress: raw.connections_per_local_address,
  handshakes: raw.handshakes,
  handshakesPerAddress: raw.handshakes_per_address,
  headMs: seconds(raw.header_seconds),
  idleMs: seconds(raw.idle_seconds),
  bodyBytesPerSecond: raw.body_bytes_per_second,
  answerMs: seconds(raw.answer_seconds),
  webSocketIdleMs: seconds(raw.websocket_idle_seconds),
})
