import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import { z } from 'zod'

export type CallCounter = Disposable & {
  /** Requests since the start, by party. */
  read(): Readonly<Record<string, number>>
}

const ofFetch = z.object({ request: z.object({ origin: z.coerce.string() }) })
const ofHttp = z.object({
  request: z.object({ protocol: z.string(), host: z.string(), getHeader: z.unknown() }).loose(),
})

/**
 * Counts every HTTP request that leaves this process, whoever sends it: Node announces them on its own channels
 * (`undici:request:create` for fetch, `http.client.request.start` for node:http).
 *
 * `partyOf` names the party by the host that is asked.
 */
export function countCalls(partyOf: (host: string) => string): CallCounter {
  const calls: Record<string, number> = {}
  const count = (host: string): void => {
    const party = partyOf(host)
    calls[party] = (calls[party] ?? 0) + 1
  }
  const fetched = (message: unknown): void => {
    const read = ofFetch.safeParse(message)
    if (read.success) count(new URL(read.data.request.origin).hostname)
  }
  const requested = (message: unknown): void => {
    const read = ofHttp.safeParse(message)
    if (read.success) count(read.data.request.host)
  }
  subscribe('undici:request:create', fetched)
  subscribe('http.client.request.start', requested)
  return {
    read: () => ({ ...calls }),
    [Symbol.dispose]() {
      unsubscribe('undici:request:create', fetched)
      unsubscribe('http.client.request.start', requested)
    },
  }
}
