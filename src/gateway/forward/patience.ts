import type { PeerKind } from '../admission/peers.ts'
import type { Limits } from '../limits.ts'

/** What a connection is at: it says how long that may take. */
export type Doing = 'closing' | 'web-socket' | 'body' | 'answer' | 'head' | 'nothing'

/** After our last word: for the other side to take it and close. Milliseconds. */
const lingerMs = 2000

/** How long, in milliseconds since the last sign of it, a connection may be at the same thing. A body has a pace instead. */
export function patienceFor(doing: Exclude<Doing, 'body'>, kind: PeerKind, limits: Limits): number {
  switch (doing) {
    case 'closing':
      return lingerMs
    case 'web-socket':
      return limits.webSocketIdleMs
    case 'answer':
      return limits.answerMs
    case 'head':
      return limits.headMs
    case 'nothing':
      return kind === 'edge' ? limits.idleMs : limits.localIdleMs
  }
}

/** The pace of one body after the other. */
export class BodyPace {
  bytes = 0
  #bytesThen = 0
  #since = 0

  begins(now: number): void {
    this.bytes = 0
    this.#bytesThen = 0
    this.#since = now
  }

  /** `held`: the upstream takes nothing, so it is not the visitor who is slow. */
  isTooSlow(now: number, held: boolean, limits: Limits): boolean {
    const passed = now - this.#since
    if (held) this.#since = now
    if (held || passed <= limits.bodyPatienceMs) return false
    const enough = this.bytes - this.#bytesThen >= (limits.bodyBytesPerSecond * passed) / 1000
    this.#since = now
    this.#bytesThen = this.bytes
    return !enough
  }
}

/** What was written long ago and has not been taken. */
export class Stall {
  #written = 0
  #since = 0

  isOver(
    { writableLength, bytesWritten }: { writableLength: number; bytesWritten: number },
    now: number,
    limits: Limits,
  ): boolean {
    if (writableLength === 0 || bytesWritten !== this.#written) {
      this.#written = bytesWritten
      this.#since = now
      return false
    }
    return now - this.#since > limits.stalledMs
  }
}
