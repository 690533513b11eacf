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

type Follower = { readonly address: string; tell: (event: TraceEvent) => void }

/**
 * Follows the next connection of one address, on demand, for whoever asks. At the edge the visitor is known only with the
 * first request: until then the events of a connection are kept.
 */
export function tracer(): {
  /** Until the connection ends or it is disposed of. */
  follow(address: string, tell: (event: TraceEvent) => void): Disposable
  /** For a new connection; undefined, and no cost, while nobody asks. */
  watch(peer: Peer): Trace | undefined
} {
  const waiting = new Set<Follower>()
  /** Those who wait for this address wait no longer. */
  const take = (address: string): Follower[] => {
    const found = [...waiting].filter((each) => each.address === address)
    for (const each of found) waiting.delete(each)
    return found
  }
  return {
    follow(address, tell) {
      const mine = { address, tell }
      waiting.add(mine)
      return {
        [Symbol.dispose]() {
          waiting.delete(mine)
          mine.tell = () => undefined
        },
      }
    },
    watch(peer) {
      if (waiting.size === 0) return undefined
      const began = performance.now()
      const before: TraceEvent[] = []
      const followers = take(peer.address)
      return {
        tell(traced) {
          const event = { ms: performance.now() - began, ...traced }
          if (event.is === 'request')
            for (const each of take(event.visitor)) {
              for (const earlier of before) each.tell(earlier)
              followers.push(each)
            }
          for (const each of followers) each.tell(event)
          if (before.length < kept) before.push(event)
        },
      }
    },
  }
}
