import { newCounters, type Counters, type Refusal } from '../counters.ts'
import type { Refusal as Malformed } from '../http/refusal.ts'
import type { GatewayEvent } from '../setup.ts'
import { Latency, type LatencySnapshot } from './latency.ts'
import { perSecond, type Second } from './per-second.ts'
import { refusedSources, type RefusedSource } from './refused-sources.ts'

export type LedgerSnapshot = {
  readonly counters: Counters
  readonly latency: LatencySnapshot
  /** The last minute, second by second, the oldest first. */
  readonly seconds: readonly Second[]
  /** Who was refused most often, and why. */
  readonly refusedSources: readonly RefusedSource[]
}

/** Between two events about refusals for one reason. Milliseconds. */
const sampleEveryMs = 10_000
/** Of the sources that were refused, as many as a person looks at. */
const shownSources = 20

type Sample = { at: number; count: number }

/** Everything that is counted. */
export class Ledger {
  readonly counters = newCounters()
  readonly #latency = new Latency()
  readonly #seconds = perSecond(this.counters)
  readonly #sources = refusedSources()
  readonly #samples = new Map<Refusal, Sample>()
  readonly #now: () => Date
  readonly #tell: (event: GatewayEvent) => void

  constructor(now: () => Date, tell: (event: GatewayEvent) => void) {
    this.#now = now
    this.#tell = tell
  }

  refused(address: string, because: Refusal): void {
    this.counters.refused[because]++
    const now = this.#now()
    this.#sources.add(address, because, now)
    const sample = this.#samples.get(because) ?? { at: Number.NEGATIVE_INFINITY, count: 0 }
    this.#samples.set(because, sample)
    sample.count++
    if (now.getTime() - sample.at < sampleEveryMs) return
    this.#tell({ is: 'refused', because, address, count: sample.count })
    sample.at = now.getTime()
    sample.count = 0
  }

  malformed(address: string, because: Malformed): void {
    const { malformed } = this.counters
    malformed[because] = (malformed[because] ?? 0) + 1
    this.refused(address, 'malformed')
  }

  /** `ms` from the request's head to the end of the answer. */
  answered(status: number, ms: number): void {
    const digit = Math.min(5, Math.floor(status / 100))
    const { answers } = this.counters
    answers[digit] = (answers[digit] ?? 0) + 1
    this.#latency.add(ms)
  }

  /** Once a second. */
  tick(): void {
    this.#seconds.tick(this.#now())
  }

  snapshot(): LedgerSnapshot {
    return {
      counters: structuredClone(this.counters),
      latency: this.#latency.snapshot(),
      seconds: this.#seconds.last(),
      refusedSources: this.#sources.top(shownSources),
    }
  }
}
