import type { Home } from '../compose/home.ts'
import { Problem, reasonOf } from '../core/problem.ts'
import { exit, type Context, type ExitCode } from './context.ts'
import { sayPlan, sayPlanEnd, stepsOf, type NamedPlan } from './say.ts'

/** `gatehouse plan`: what `apply` would change. Reads only. */
export async function planCommand(context: Context): Promise<ExitCode> {
  const { terminal, paint } = context
  const home = context.home(await context.settings())
  try {
    const plans = await plansOf(home, context)
    if (context.json) terminal.out(JSON.stringify(planJson(plans), null, 2))
    else {
      terminal.out(sayPlan(plans, paint))
      terminal.out(`\n${sayPlanEnd(plans, paint)}`)
    }
    return stepsOf(plans) === 0 ? exit.ok : exit.differs
  } finally {
    home.close()
  }
}

/** All plans, made at the same time: none of them changes anything. */
export async function plansOf(home: Home, { terminal, signal }: Context): Promise<NamedPlan[]> {
  terminal.progress('looking at what is there …')
  const results = await Promise.allSettled(
    home.guards.map(async (guard) => ({ name: guard.name, plan: await guard.plan(signal) })),
  )
  terminal.progressEnds()
  const failures = results
    .filter((result) => result.status === 'rejected')
    .map(({ reason }): unknown => reason)
  if (failures.length > 0) throw together(failures)
  return results.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []))
}

/** One cause often stops several safeguards (a refused token, say): it is told once. */
function together(failures: readonly unknown[]): unknown {
  const [first, ...rest] = failures
  const others = [...new Set(rest.map(reasonOf))].filter((reason) => reason !== reasonOf(first))
  if (others.length === 0 || !(first instanceof Problem)) return first
  return new Problem(first.code, `${first.message}; also: ${others.join('; ')}`, {
    cause: first.cause,
    usage: first.usage,
    ...(first.hint === undefined ? {} : { hint: first.hint }),
  })
}

export const planJson = (plans: readonly NamedPlan[]) => ({
  safeguards: plans.map(({ name, plan }) => ({ name, steps: plan.steps, left: plan.left })),
})
