import { Agent as PlainAgent } from 'node:http'
import { Agent as SecureAgent } from 'node:https'

import type { Duration } from '../../core/duration.ts'

/** Connections to one party that serve several calls in a row, and hold no process that has ended otherwise. */
export type Connections = {
  for(url: URL): PlainAgent
  /** Breaks off what is under way, too: where the home's address has changed nobody would ever answer it. */
  forget(): void
}

/** Each is closed after it was `idle` for so long. */
export function openConnections(idle: Duration): Connections {
  const kept = { keepAlive: true, timeout: idle }
  const plain = new PlainAgent(kept)
  const secure = new SecureAgent(kept)
  return {
    for: ({ protocol }) => (protocol === 'https:' ? secure : plain),
    forget() {
      plain.destroy()
      secure.destroy()
    },
  }
}
