import type { Refusal } from '../counters.ts'

export type RefusedSource = {
  readonly address: string
  readonly count: number
  readonly lastAt: Date
  readonly because: Partial<Record<Refusal, number>>
}

/** Addresses that are remembered; the one that was quiet longest is forgotten first. */
const remembered = 512

/** Who was refused, and why. Bounded: a scan from everywhere must not fill the memory. */
export type RefusedSources = {
  add(address: string, because: Refusal, now: Date): void
  /** Those who were refused most often. */
  top(count: number): readonly RefusedSource[]
}

export function refusedSources(): RefusedSources {
  const sources = new Map<
    string,
    { count: number; lastAt: Date; because: RefusedSource['because'] }
  >()
  return {
    add(address, because, now) {
      const source = sources.get(address) ?? { count: 0, lastAt: now, because: {} }
      sources.delete(address)
      sources.set(address, source)
      if (sources.size > remembered) sources.delete(sources.keys().next().value ?? '')
      source.count++
      source.lastAt = now
      source.because[because] = (source.because[because] ?? 0) + 1
    },
    top: (count) =>
      [...sources]
        .map(([address, source]) => ({ address, ...source }))
        .toSorted((a, b) => b.count - a.count)
        .slice(0, count),
  }
}
