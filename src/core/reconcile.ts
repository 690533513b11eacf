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

/** What a run came to, and the last that it saw of the world. */
export type Reconciled<Observed, Do> = {
  readonly outcome: Outcome<Do>
  readonly observed: Observed
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
  return (await reconcileAndSee(safeguard, desired, hooks, signal)).outcome
}

/** The same, with the last observation: whoever checks after it need not ask the world again. */
export async function reconcileAndSee<Desired, Observed, Do>(
  safeguard: Safeguard<Desired, Observed, Do>,
  desired: Desired,
  hooks: Hooks<Do>,
  signal: AbortSignal,
): Promise<Reconciled<Observed, Do>> {
  const observed = await safeguard.observe(signal)
  const first = safeguard.plan(desired, observed)
  if (first.steps.length === 0)
    return { outcome: { is: 'settled', did: [], left: first.left }, observed }
  if (!(await hooks.approve(first))) return { outcome: { is: 'refused', plan: first }, observed }

  const performed = await perform(safeguard, first.steps, hooks, signal)
  if ('failure' in performed) {
    const { did, failure } = performed
    const remaining = { steps: first.steps.slice(did.length), left: first.left }
    const because = reasonOf(failure)
    return { outcome: { is: 'unsettled', did, remaining, because, failure }, observed }
  }

  const afterwards = await safeguard.observe(signal)
  const second = safeguard.plan(desired, afterwards)
  const { did } = performed
  const outcome: Outcome<Do> =
    second.steps.length === 0
      ? { is: 'settled', did, left: second.left }
      : {
          is: 'unsettled',
          did,
          remaining: second,
          because: performed.unconfirmed ?? 'steps remain after every planned step was done',
        }
  return { outcome, observed: afterwards }
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
      // Whoever called it off knows why; what broke by it does not.
      return { did, failure: signal.aborted ? signal.reason : failure }
    }
    await hooks.progress?.({ at: 'ends', step, applied })
    did.push(step)
    // What follows may rely on a step of which nobody knows whether it happened: look again first.
    if (applied.is === 'could-not-confirm') return { did, unconfirmed: applied.because }
  }
  return { did }
}
