import type { Home } from '../compose/home.ts'
import type { JournalEntry } from '../core/journal.ts'
import { reasonOf } from '../core/problem.ts'
import type { Plan } from '../core/safeguard.ts'
import { askConsent } from './ask.ts'
import { exit, type Context, type ExitCode } from './context.ts'
import { countOf } from './say.ts'

export type UndoOptions = { readonly yes: boolean; readonly all: boolean }

type Return = { readonly entry: JournalEntry; readonly plan: Plan<unknown> }

/**
 * `gatehouse undo`: puts back what the last `apply` changed (with `--all`: everything that Gatehouse
 * ever changed), newest first, as far as the world still matches; says what it could not.
 */
export async function undoCommand(context: Context, options: UndoOptions): Promise<ExitCode> {
  const { terminal, paint, json } = context
  const home = context.home(await context.settings())
  try {
    const entries = chosen(home.journal.open(), options.all)
    const returns = await Promise.all(
      entries.map(async (entry) => ({ entry, plan: await undoPlan(home, entry, context) })),
    )
    const count = returns.reduce((sum, { plan }) => sum + plan.steps.length, 0)
    if (!json) terminal.out(sayReturns(returns, context))
    if (count === 0 && !json)
      terminal.out(
        entries.length === 0
          ? 'nothing was changed that could be put back'
          : 'nothing left to put back',
      )
    if (
      count > 0 &&
      !options.yes &&
      !(await askConsent(context, `put back ${countOf(count, 'change')}?`))
    ) {
      return exit.differs
    }
    const failures = await putBack(home, entries, context)
    if (json) terminal.out(JSON.stringify(undoJson(returns, failures), null, 2))
    else if (count > 0 && failures.length === 0) terminal.out(`\n${paint.good('put back')}`)
    for (const failure of failures) terminal.err(`${paint.bad('could not put back:')} ${failure}`)
    return failures.length === 0 ? exit.ok : exit.failed
  } finally {
    home.close()
  }
}

const chosen = (open: readonly JournalEntry[], all: boolean): readonly JournalEntry[] =>
  all ? open : open.filter(({ run }) => run === open[0]?.run)

async function undoPlan(
  home: Home,
  entry: JournalEntry,
  { signal }: Context,
): Promise<Plan<unknown>> {
  const guard = home.guards.find(({ name }) => name === entry.safeguard)
  return guard
    ? guard.undo(entry.does, signal)
    : { steps: [], left: [`${entry.safeguard} is not configured any more`] }
}

/** Each entry is planned again right before it is undone: undoing a later one changed the world. */
async function putBack(
  home: Home,
  entries: readonly JournalEntry[],
  context: Context,
): Promise<string[]> {
  const failures: string[] = []
  for (const entry of entries) {
    const guard = home.guards.find(({ name }) => name === entry.safeguard)
    if (!guard) continue
    try {
      for (const step of (await undoPlan(home, entry, context)).steps) {
        context.signal.throwIfAborted()
        context.terminal.progress(`  … ${step.says}`)
        const applied = await guard.apply(step, context.signal)
        if (applied.is === 'could-not-confirm') throw new Error(applied.because)
        if (!context.json) context.terminal.out(`    ${context.paint.good('✓')} ${step.says}`)
      }
      home.journal.ends(entry.id, 'undone')
    } catch (error) {
      failures.push(`${entry.says} (${reasonOf(error)})`)
    }
  }
  return failures
}

function sayReturns(returns: readonly Return[], { paint }: Context): string {
  return returns
    .flatMap(({ entry, plan }) => [
      ...plan.steps.map(({ says }) => `  ${paint.good('−')} ${says}`),
      ...plan.left.map(
        (says) => `  ${paint.warn('·')} ${says} ${paint.dim(`(was: ${entry.says})`)}`,
      ),
    ])
    .join('\n')
}

const undoJson = (returns: readonly Return[], failures: readonly string[]) => ({
  undone: returns.map(({ entry, plan }) => ({
    safeguard: entry.safeguard,
    says: entry.says,
    steps: plan.steps,
    left: plan.left,
  })),
  failures,
})
