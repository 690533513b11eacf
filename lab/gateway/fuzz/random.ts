/** The same sequence for the same seed, so that a case is its seed and its number. */
export type Random = {
  /** 0 (included) to `below` (excluded), whole. */
  below(below: number): number
  /** True so often: 0.1 is one time in ten. */
  chance(share: number): boolean
  oneOf<T>(all: readonly T[]): T
}

/** Mulberry32 (Tommy Ettinger, 2017): 32 bits of state, and far better than needed here. */
export function seeded(seed: number): Random {
  let state = seed >>> 0
  const next = (): number => {
    state = (state + 0x6d2b79f5) >>> 0
    let t = state
    t = Math.imul(t ^ (t >>> 15), t | 1)
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61)
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296
  }
  const below = (limit: number): number => Math.floor(next() * limit)
  return {
    below,
    chance: (share) => next() < share,
    oneOf: (all) => {
      if (all.length === 0) throw new Error('there is nothing to choose from')
      return all[below(all.length)]!
    },
  }
}
