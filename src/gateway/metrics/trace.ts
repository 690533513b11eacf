import type { Peer } from '../admission/peers.ts'

/** What happens on one connection; `ms` since it was admitted. Neither queries, nor fields, nor bodies. */
export type TraceEvent = { readonly ms: number } & (
  | {
      readonly is: 'admitted'
      readonly peer: Peer
      readonly protocol: string | null
      readonly cipher: string
      readonly name: string
      readonly resumed: boolean
      /** SHA-256 of the client certificate. */
      readonly certificate: string | undefined
    }
  | {
      readonly is: 'request'
      readonly method: string
      readonly path: string
      readonly visitor: string
    }
  | { readonly is: 'sent-home'; readonly reusedConnection: boolean }
  | { readonly is: 'answer'; readonly status: number }
  | { readonly is: 'answered'; readonly status: number; readonly bytes: number }
  | { readonly is: 'refused'; readonly because: string }
  | { readonly is: 'closed' }
)

type WithoutTime<T> = T extends unknown ? Omit<T, 'ms'> : never
export type Traced = WithoutTime<TraceEvent>

/** Follows one connection. */
export type Trace = {
  tell(event: Traced): void
}

/** Events of a connection that nobody has recognised yet. */
const kept = 32

/**
 * Follows the next connection of one address, on demand. At the edge the visitor is known only with the first request:
 * until then its events are kept.
 */
export function tracer(): {
  /** Until the connection ends or it is disposed of. */
  follow(address: string, tell: (event: TraceEvent) => void): Disposable
  /** For a new connection; undefined, and no cost, while nobody asks. */
  watch(peer: Peer): Trace | undefined
} {
  let wanted: { address: string; tell: (event: TraceEvent) => void } | undefined
  return {
    follow(address, tell) {
      const mine = { address, tell }
      wanted = mine
      return {
        [Symbol.dispose]() {
          if (wanted === mine) wanted = undefined
          mine.tell = () => undefined
        },
      }
    },
    watch(peer) {
      const asked = wanted
      if (!asked) return undefined
      const began = performance.now()
      const before: TraceEvent[] = []
      let mine = peer.address === asked.address
      if (mine) wanted = undefined
      return {
        tell(traced) {
          const event = { ms: performance.now() - began, ...traced }
          if (
            !mine &&
            wanted === asked &&
            event.is === 'request' &&
            event.visitor === asked.address
          ) {
            mine = true
            wanted = undefined
            for (const earlier of before.splice(0)) asked.tell(earlier)
          }
          if (mine) asked.tell(event)
          else if (wanted === asked && before.length < kept) before.push(event)
        },
      }
    },
  }
}
