import type { Figures, Summary } from './measure.ts'

/**
 * One benchmark: `lab/bench/NAME.ts` exports it as `benchmark`, and `npm run bench -- NAME` finds it by that name.
 * Every figure stands beside its peers' from the same run, so that a slow machine is slow for all of them.
 */
export type Benchmark = {
  /** What is measured, in one sentence, lower case, no full stop. */
  readonly says: string
  /** The unit and the direction of each case, by case name; `lower` when less is better. */
  readonly cases: Readonly<
    Record<string, { readonly unit: string; readonly better: 'lower' | 'higher' }>
  >
  run(how: BenchmarkRun): Promise<BenchmarkResult>
}

export type BenchmarkRun = {
  /** Fewer rounds, for a look at whether it runs at all. */
  readonly quick: boolean
  /** Only these cases, and only beside these peers, where it has several: for a look at one figure. */
  readonly cases?: readonly string[]
  readonly peers?: readonly string[]
  readonly signal: AbortSignal
  /** Says on the terminal (never on standard output) what is going on now. */
  progress(text: string): void
}

export type BenchmarkResult = {
  /** By case a `Summary`; figures that have no peer (`swapMs`, `idleRssMiB`) stand beside them as plain numbers. */
  readonly ours: Figures
  readonly peers: Readonly<Record<string, Figures>>
  /** `ratios.PEER.CASE.median` is ours divided by the peer's, within each round. */
  readonly ratios: Readonly<Record<string, Readonly<Record<string, Summary>>>>
  /** Peers that could not take part, and why. */
  readonly missing?: Readonly<Record<string, string>>
  /** What a reader must know to read the figures right. */
  readonly notes?: readonly string[]
}
