import type { Counters } from '../counters.ts'

export type Second = {
  readonly at: Date
  readonly connections: number
  readonly requests: number
  readonly refused: number
  readonly bytesIn: number
  readonly bytesOut: number
}

const kept = 60

/** Cheap enough to be always on: nothing happens in between, and once a second a few subtractions. */
export function perSecond(counters: Counters): {
  tick(now: Date): void
  last(): readonly Second[]
} {
  const ring: Second[] = []
  let before = totals(counters)
  return {
    tick(at) {
      const now = totals(counters)
      ring.push({
        at,
        connections: now.connections - before.connections,
        requests: now.requests - before.requests,
        refused: now.refused - before.refused,
        bytesIn: now.bytesIn - before.bytesIn,
        bytesOut: now.bytesOut - before.bytesOut,
      })
      before = now
      if (ring.length > kept) ring.shift()
    },
    last: () => [...ring],
  }
}

const totals = ({ connections, requests, refused, bytesIn, bytesOut }: Counters) => ({
  connections,
  requests,
  refused: Object.values(refused).reduce((sum, count) => sum + count, 0),
  bytesIn,
  bytesOut,
})
