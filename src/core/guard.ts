import type { Finding } from './finding.ts'
import { reconcile, reconcileAndSee, type Hooks, type Outcome } from './reconcile.ts'
import type { Applied, Plan, Safeguard, SafeguardName, Step } from './safeguard.ts'

/**
 * A safeguard together with what is desired of it, with its own types closed over: what commands and
 * the keeper handle, whichever safeguard it is. Each call observes afresh.
 */
export type Guard = {
  readonly name: SafeguardName
  plan(signal: AbortSignal): Promise<Plan<unknown>>
  reconcile(hooks: Hooks<unknown>, signal: AbortSignal): Promise<Outcome<unknown>>
  check(now: Date, signal: AbortSignal): Promise<readonly Finding[]>
  /** `reconcile`, and what a check finds in the last that it saw: nobody is asked twice. */
  look(hooks: Hooks<unknown>, now: () => Date, signal: AbortSignal): Promise<Look>
  /** What putting back one journalled step would take now. */
  undo(did: unknown, signal: AbortSignal): Promise<Plan<unknown>>
  apply(step: Step<unknown>, signal: AbortSignal): Promise<Applied>
}

export type Look = {
  readonly outcome: Outcome<unknown>
  readonly findings: readonly Finding[]
}

/** `desire` may look at the world too (the home's address), so it is asked anew each time. */
export function guard<Desired, Observed, Do>(
  safeguard: Safeguard<Desired, Observed, Do>,
  desire: (signal: AbortSignal) => Promise<Desired>,
): Guard {
  // Steps leave through the Guard as `unknown` and only come back to the safeguard that made them:
  // from its own plan, or from the journal entry that carries its name.
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- see above
  const own = (does: unknown): Do => does as Do
  return {
    name: safeguard.name,
    async plan(signal) {
      const [desired, observed] = await Promise.all([desire(signal), safeguard.observe(signal)])
      return safeguard.plan(desired, observed)
    },
    async reconcile(hooks, signal) {
      return reconcile(safeguard, await desire(signal), hooks, signal)
    },
    async look(hooks, now, signal) {
      const desired = await desire(signal)
      const { outcome, observed } = await reconcileAndSee(safeguard, desired, hooks, signal)
      return { outcome, findings: safeguard.check(desired, observed, now()) }
    },
    async check(now, signal) {
      const [desired, observed] = await Promise.all([desire(signal), safeguard.observe(signal)])
      return safeguard.check(desired, observed, now)
    },
    async undo(did, signal) {
      return safeguard.undo(own(did), await safeguard.observe(signal))
    },
    apply: (step, signal) => safeguard.apply({ says: step.says, does: own(step.does) }, signal),
  }
}
