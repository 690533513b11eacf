/** Upper bounds in milliseconds, as people set their objectives. */
export const latencyBounds: readonly number[] = [
  1, 2, 5, 10, 25, 50, 100, 250, 500, 1000, 2500, 5000, 10_000, 30_000, 120_000,
]

export type LatencySnapshot = {
  /** Cumulative, as Prometheus counts: how many took at most `atMostMs`. */
  readonly buckets: readonly { readonly atMostMs: number; readonly count: number }[]
  readonly count: number
  readonly sumMs: number
}

/** From a request's head to the end of its answer. */
export class Latency {
  readonly #counts = new Float64Array(latencyBounds.length + 1)
  #sum = 0
  #count = 0

  add(ms: number): void {
    let i = 0
    while (i < latencyBounds.length && ms > (latencyBounds[i] ?? 0)) i++
    this.#counts[i] = (this.#counts[i] ?? 0) + 1
    this.#sum += ms
    this.#count++
  }

  snapshot(): LatencySnapshot {
    let count = 0
    return {
      buckets: latencyBounds.map((atMostMs, i) => {
        count += this.#counts[i] ?? 0
        return { atMostMs, count }
      }),
      count: this.#count,
      sumMs: this.#sum,
    }
  }
}
