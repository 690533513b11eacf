import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import { z } from 'zod'

export type CallCounter = Disposable & {
  /** Requests since the start, by party. */
  read(): Readonly<Record<string, number>>
}

const ofHttp = z.object({
  request: z.object({ protocol: z.string(), host: z.string(), getHeader: z.unknown() }).loose(),
})

/**
 * Counts every HTTP request that leaves this process, whoever sends it: Node announces them on a channel of its own.
 *
 * `partyOf` names the party by the host that is asked.
 */
export function countCalls(partyOf: (host: string) => string): CallCounter {
  const calls: Record<string, number> = {}
  const count = (host: string): void => {
    const party = partyOf(host)
    calls[party] = (calls[party] ?? 0) + 1
  }
  const requested = (message: unknown): void => {
    const read = ofHttp.safeParse(message)
    if (read.success) count(read.data.request.host)
  }
  subscribe('http.client.request.start', requested)
  return {
    read: () => ({ ...calls }),
    [Symbol.dispose]() {
      unsubscribe('http.client.request.start', requested)
    },
  }
}
