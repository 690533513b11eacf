import { randomUUID } from 'node:crypto'

import type { Home } from '../compose/home.ts'
import type { Guard } from '../core/guard.ts'
import type { Outcome, Progress } from '../core/reconcile.ts'
import type { Plan } from '../core/safeguard.ts'
import { askConsent } from './ask.ts'
import { exit, type Context, type ExitCode } from './context.ts'
import { plansOf } from './plan.ts'
import { sayPlan, sayPlanEnd, stepsOf, type NamedPlan } from './say.ts'
import { serve } from './serve.ts'
import { outcomeJson, sayApplyEnd, sayOutcome, sayStep } from './say-apply.ts'

export type ApplyOptions = { readonly yes: boolean }

export type NamedOutcome = { readonly name: Guard['name']; readonly outcome: Outcome<unknown> }

/**
 * `gatehouse apply`: shows the plan, asks, makes the changes safeguard by safeguard, and looks again.
 * After a safeguard that did not settle no further one begins: they rely on each other in their order.
 */
export async function applyCommand(context: Context, options: ApplyOptions): Promise<ExitCode> {
  const { terminal, paint, json } = context
  const settings = await context.settings()
  const home = context.home(settings)
  try {
    const plans = await plansOf(home, context)
    // With --yes each step is shown as it is done; once is enough.
    if (!json && (!options.yes || stepsOf(plans) === 0)) terminal.out(sayPlan(plans, paint))
    if (stepsOf(plans) === 0) {
      terminal.out(
        json ? JSON.stringify(outcomeJson([]), null, 2) : `\n${sayPlanEnd(plans, paint)}`,
      )
      return exit.ok
    }
    if (!options.yes && !(await askConsent(context, `make ${stepsOf(plans)} changes?`)))
      return exit.differs

    await using hosted = await serve(home, settings, context)
    if (!json && hosted.started) terminal.err('the gateway runs here until everything is applied')
    const outcomes = await applyAll(home, plans, context, options)
    if (json) terminal.out(JSON.stringify(outcomeJson(outcomes), null, 2))
    else terminal.out(`\n${sayApplyEnd(outcomes, hosted.started, paint)}`)
    if (context.signal.aborted) return exit.interrupted
    return outcomes.every(({ outcome }) => outcome.is === 'settled') ? exit.ok : exit.failed
  } finally {
    home.close()
  }
}

async function applyAll(
  home: Home,
  shown: readonly NamedPlan[],
  context: Context,
  options: ApplyOptions,
): Promise<NamedOutcome[]> {
  const run = randomUUID()
  const outcomes: NamedOutcome[] = []
  for (const guard of home.guards) {
    context.signal.throwIfAborted()
    const known = new Set(
      shown.find(({ name }) => name === guard.name)?.plan.steps.map(({ says }) => says),
    )
    const outcome = await guard.reconcile(
      {
        approve: (plan) => approve(plan, known, context, options),
        progress: recorder(home, guard.name, run, context),
      },
      context.signal,
    )
    outcomes.push({ name: guard.name, outcome })
    if (!context.json) context.terminal.out(sayOutcome(guard.name, outcome, context.paint))
    if (outcome.is !== 'settled') break
  }
  return outcomes
}

/** What was shown is agreed to; what came up since (an earlier change made it necessary) is asked for. */
async function approve(
  plan: Plan<unknown>,
  shown: ReadonlySet<string>,
  context: Context,
  options: ApplyOptions,
): Promise<boolean> {
  const fresh = plan.steps.filter(({ says }) => !shown.has(says))
  if (fresh.length === 0 || options.yes) return true
  for (const { says } of fresh) context.terminal.out(`  new: ${says}`)
  return askConsent(context, 'make these changes too?')
}

/** Writes each step to the journal before and after it, and shows it. */
function recorder(home: Home, name: Guard['name'], run: string, context: Context) {
  let entry: number | undefined
  return ({ at, step, applied }: Progress<unknown>): Promise<void> => {
    if (at === 'starts') {
      entry = home.journal.starts(run, name, step, context.now())
      context.terminal.progress(`  … ${step.says}`)
    } else if (entry !== undefined && applied) {
      home.journal.ends(entry, applied.is)
      if (!context.json) context.terminal.out(sayStep(step, applied, context.paint))
    }
    return Promise.resolve()
  }
}
