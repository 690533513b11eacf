/** What the samples of one case come to. `low` and `high` are the extremes, since a handful of rounds has no honest percentiles. */
export type Summary = {
  readonly median: number
  readonly low: number
  readonly high: number
  readonly samples: number
}

export type Figures = { readonly [name: string]: number | Summary | Figures }

/** A contender measures one case once and answers with its figure, in the unit of the case. */
export type Contender = (name: string, round: number) => Promise<number>

export type Comparison = {
  readonly ours: Record<string, Summary>
  readonly peers: Record<string, Record<string, Summary>>
  readonly ratios: Record<string, Record<string, Summary>>
}

/**
 * Measures ours and the peers case by case, all of them within each round, and starts each round with
 * another one: what the machine does meanwhile then falls on all alike, and the ratio of a round
 * compares neighbours in time.
 */
export async function compare(how: {
  readonly cases: readonly string[]
  readonly rounds: number
  readonly ours: Contender
  readonly peers: Readonly<Record<string, Contender>>
  readonly signal: AbortSignal
  readonly progress?: (text: string) => void
}): Promise<Comparison> {
  const contenders: readonly (readonly [string, Contender])[] = [
    [us, how.ours],
    ...Object.entries(how.peers),
  ]
  const samples = new Map<string, number[]>()
  const of = (who: string, name: string): number[] => {
    const key = `${who} ${name}`
    const known = samples.get(key) ?? []
    samples.set(key, known)
    return known
  }

  for (const name of how.cases) {
    for (let round = 0; round < how.rounds; round++) {
      for (let turn = 0; turn < contenders.length; turn++) {
        const [who, measure] = contenders[(round + turn) % contenders.length]!
        how.signal.throwIfAborted()
        how.progress?.(`${name}, round ${round + 1} of ${how.rounds}: ${who}`)
        of(who, name).push(await measure(name, round))
      }
    }
  }

  const byCase = <T>(make: (name: string) => T): Record<string, T> =>
    Object.fromEntries(how.cases.map((name) => [name, make(name)]))
  const byPeer = <T>(make: (peer: string) => T): Record<string, T> =>
    Object.fromEntries(Object.keys(how.peers).map((peer) => [peer, make(peer)]))

  return {
    ours: byCase((name) => summarize(of(us, name))),
    peers: byPeer((peer) => byCase((name) => summarize(of(peer, name)))),
    ratios: byPeer((peer) => byCase((name) => ratio(of(us, name), of(peer, name)))),
  }
}

const us = 'ours'

export function summarize(samples: readonly number[]): Summary {
  return {
    median: rounded(median(samples)),
    low: rounded(Math.min(...samples)),
    high: rounded(Math.max(...samples)),
    samples: samples.length,
  }
}

/** Ours divided by theirs, round by round. */
export const ratio = (ours: readonly number[], theirs: readonly number[]): Summary =>
  summarize(ours.map((value, round) => value / (theirs[round] ?? Number.NaN)))

export const median = (samples: readonly number[]): number => percentile(samples, 50)

/** Between the two nearest samples, linearly; NaN for none. */
export function percentile(samples: readonly number[], percent: number): number {
  const sorted = samples.toSorted((a, b) => a - b)
  const at = ((sorted.length - 1) * percent) / 100
  const below = sorted[Math.floor(at)] ?? Number.NaN
  const above = sorted[Math.ceil(at)] ?? Number.NaN
  return below + (above - below) * (at - Math.floor(at))
}

/** Runs the work and answers with its wall time in milliseconds. */
export async function timed(work: () => Promise<unknown>): Promise<number> {
  const start = performance.now()
  await work()
  return performance.now() - start
}

// Four significant digits: more would be noise that looks like knowledge.
const rounded = (value: number): number => Number(value.toPrecision(4))
