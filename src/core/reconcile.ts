import { reasonOf } from './problem.ts'
import type { Applied, Plan, Safeguard, Step } from './safeguard.ts'

/** What a run did with one step, told as it happens. */
export type Progress<Do> = {
  readonly at: 'starts' | 'ends'
  readonly step: Step<Do>
  readonly applied?: Applied
}

export type Outcome<Do> =
  /** The second plan is empty: the world is as wished, as far as it is ours. */
  | { readonly is: 'settled'; readonly did: readonly Step<Do>[]; readonly left: readonly string[] }
  | { readonly is: 'refused'; readonly plan: Plan<Do> }
  /** Something remains, or a step failed; `because` says what was seen. */
  | {
      readonly is: 'unsettled'
      readonly did: readonly Step<Do>[]
      readonly remaining: Plan<Do>
      readonly because: string
      readonly failure?: unknown
    }

export type Hooks<Do> = {
  approve(plan: Plan<Do>): Promise<boolean>
  /** Awaited before and after each step, so that the journal knows of a step before the world does. */
  progress?(progress: Progress<Do>): Promise<void>
}

/**
 * Observe, plan, ask, apply, observe again.
 *
 * "It worked" means that the second plan is empty, never that nothing was thrown. Steps run in their
 * order, because a later one may rely on an earlier one; after a failure none is started.
 */
export async function reconcile<Desired, Observed, Do>(
  safeguard: Safeguard<Desired, Observed, Do>,
  desired: Desired,
  hooks: Hooks<Do>,
  signal: AbortSignal,
): Promise<Outcome<Do>> {
  const first = safeguard.plan(desired, await safeguard.observe(signal))
  if (first.steps.length === 0) return { is: 'settled', did: [], left: first.left }
  if (!(await hooks.approve(first))) return { is: 'refused', plan: first }

  const performed = await perform(safeguard, first.steps, hooks, signal)
  if ('failure' in performed) {
    return {
      is: 'unsettled',
      did: performed.did,
      remaining: { steps: first.steps.slice(performed.did.length), left: first.left },
      because: reasonOf(performed.failure),
      failure: performed.failure,
    }
  }

  const second = safeguard.plan(desired, await safeguard.observe(signal))
  if (second.steps.length === 0) return { is: 'settled', did: performed.did, left: second.left }
  return {
    is: 'unsettled',
    did: performed.did,
    remaining: second,
    because: performed.unconfirmed ?? 'steps remain after every planned step was done',
  }
}

type Performed<Do> = {
  readonly did: readonly Step<Do>[]
  readonly unconfirmed?: string
  readonly failure?: unknown
}

async function perform<Desired, Observed, Do>(
  safeguard: Safeguard<Desired, Observed, Do>,
  steps: readonly Step<Do>[],
  hooks: Hooks<Do>,
  signal: AbortSignal,
): Promise<Performed<Do>> {
  const did: Step<Do>[] = []
  for (const step of steps) {
    await hooks.progress?.({ at: 'starts', step })
    let applied: Applied
    try {
      signal.throwIfAborted()
      applied = await safeguard.apply(step, signal)
    } catch (failure) {
      return { did, failure }
    }
    await hooks.progress?.({ at: 'ends', step, applied })
    did.push(step)
    // What follows may rely on a step of which nobody knows whether it happened: look again first.
    if (applied.is === 'could-not-confirm') return { did, unconfirmed: applied.because }
  }
  return { did }
}
