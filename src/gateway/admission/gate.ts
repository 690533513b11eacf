import type { Limits } from '../limits.ts'
import type { PeerKind } from './peers.ts'

/** Counts what one address, and all of them, have open, have under way, and have failed at. */
export type Gate = {
  /** A connection was accepted. False: it is one too many, and is not counted. */
  enters(address: string, kind: PeerKind, now: number): boolean
  /** Its handshake is over. */
  shookHands(address: string, succeeded: boolean): void
  leaves(address: string): void
  readonly open: number
  readonly handshakes: number
  /** Forgets addresses that are of no interest any more. */
  sweep(now: number): void
}

type Entry = { open: number; handshakes: number; failures: number; failuresSince: number }

const minute = 60_000

export function gate(limits: () => Limits): Gate {
  const entries = new Map<string, Entry>()
  let open = 0
  let handshakes = 0
  return {
    enters(address, kind, now) {
      const most = limits()
      const entry = entries.get(address) ?? {
        open: 0,
        handshakes: 0,
        failures: 0,
        failuresSince: now,
      }
      if (now - entry.failuresSince > minute) {
        entry.failures = 0
        entry.failuresSince = now
      }
      const mostOpen =
        kind === 'local' ? most.connectionsPerLocalAddress : most.connectionsPerEdgeAddress
      if (
        open >= most.connections ||
        entry.open >= mostOpen ||
        handshakes >= most.handshakes ||
        entry.handshakes >= most.handshakesPerAddress ||
        entry.failures >= most.failedHandshakesPerMinute
      )
        return false
      entries.set(address, entry)
      entry.open++
      entry.handshakes++
      open++
      handshakes++
      return true
    },
    shookHands(address, succeeded) {
      const entry = entries.get(address)
      handshakes--
      if (!entry) return
      entry.handshakes--
      if (!succeeded) entry.failures++
    },
    leaves(address) {
      open--
      const entry = entries.get(address)
      if (!entry) return
      entry.open--
      if (entry.open === 0 && entry.failures === 0) entries.delete(address)
    },
    get open() {
      return open
    },
    get handshakes() {
      return handshakes
    },
    sweep(now) {
      for (const [address, entry] of entries)
        if (entry.open === 0 && now - entry.failuresSince > minute) entries.delete(address)
    },
  }
}
