import type { Finding } from './finding.ts'

/** One sentence for a person, one value for the machine. Printing a step never performs it. */
export type Step<Do> = {
  readonly says: string
  readonly does: Do
}

export type Plan<Do> = {
  readonly steps: readonly Step<Do>[]
  /** Why something that differs is left as it is: not ours, or not known. One sentence each. */
  readonly left: readonly string[]
}

/**
 * What became of one step. `could-not-confirm` means that it may or may not have happened (a lost
 * answer, say): the next observation decides, never a second blind try.
 */
export type Applied =
  | { readonly is: 'done' }
  | { readonly is: 'could-not-confirm'; readonly because: string }

export const done: Applied = { is: 'done' }
export const couldNotConfirm = (because: string): Applied => ({ is: 'could-not-confirm', because })

/**
 * The shape that every part of the set-up has.
 *
 * - `observe` only reads. Each aspect of what it returns is a fact; an outside failure becomes an
 *   `unknown` fact where the rest is still of use, and a thrown Problem where nothing is.
 * - `plan`, `check` and `undo` are pure.
 * - `apply` performs exactly one step, is idempotent, and throws a Problem when the step failed.
 * - `does` is JSON: the journal stores it, and `undo` reads it back in another process. It carries
 *   the former value of what it changes, and never a secret.
 */
export type Safeguard<Desired, Observed, Do> = {
  readonly name: SafeguardName
  observe(signal: AbortSignal): Promise<Observed>
  plan(desired: Desired, observed: Observed): Plan<Do>
  apply(step: Step<Do>, signal: AbortSignal): Promise<Applied>
  check(desired: Desired, observed: Observed, now: Date): readonly Finding[]
  /** The steps that put back what `did` changed, as far as the world still matches; the rest is `left`. */
  undo(did: Do, observed: Observed): Plan<Do>
}

/** The order is the order of `apply`: nothing is published before it is protected. */
export const safeguardNames = [
  'home-assistant',
  'certificate',
  'edge-rules',
  'port-forward',
  'dns-record',
  'origin-pulls',
  'local-dns',
] as const

export type SafeguardName = (typeof safeguardNames)[number]
