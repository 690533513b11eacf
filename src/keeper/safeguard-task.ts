import { randomUUID } from 'node:crypto'

import type { KeepSettings } from '../config/settings.ts'
import type { Duration } from '../core/duration.ts'
import type { Guard, Look } from '../core/guard.ts'
import type { Journal } from '../core/journal.ts'
import { Problem } from '../core/problem.ts'
import type { Board } from './board.ts'
import { findingOfLook } from './failure.ts'
import { lookStatus } from './look-status.ts'
import type { Task } from './schedule.ts'

/** What one look at one safeguard came to. */
export type Kept = {
  readonly name: Guard['name']
  readonly look?: Look
  readonly failure?: unknown
}

export type SafeguardTaskOptions = {
  readonly journal: Journal
  readonly board: Board
  readonly now: () => Date
  readonly way: KeepSettings[Guard['name']]
  readonly rhythm: Duration | undefined
  readonly deadline: Duration
  readonly tell: (kept: Kept) => void
}

/** A look at a safeguard, in the journal, on the board, and told. */
export function safeguardTask(guard: Guard, options: SafeguardTaskOptions): Task {
  const { board, now, rhythm, deadline, tell } = options
  const { name } = guard
  return {
    name,
    rhythm,
    deadline,
    async run(because, signal) {
      const at = now()
      const kept = await look(guard, options, signal)
      return {
        well: kept.look !== undefined && kept.look.outcome.is !== 'unsettled',
        notBefore: askedFor(kept),
        planned({ failures, next }) {
          board.looked(name, {
            look: lookStatus(kept, at, because.join('; ')),
            failures,
            nextLook: next,
            findings: kept.look?.findings,
          })
          const wrong = findingOfLook(name, kept.look?.outcome, kept.failure)
          board.sees(`looking at ${name}`, wrong ? [wrong] : [])
          tell(kept)
        },
      }
    },
  }
}

async function look(
  guard: Guard,
  { journal, now, way }: SafeguardTaskOptions,
  signal: AbortSignal,
): Promise<Kept> {
  const run = randomUUID()
  let entry: number | undefined
  try {
    const found = await guard.look(
      {
        approve: () => Promise.resolve(way === 'put-back'),
        progress({ at, step, applied }) {
          if (at === 'starts') entry = journal.starts(run, guard.name, step, now())
          else if (entry !== undefined && applied) journal.ends(entry, applied.is)
          return Promise.resolve()
        },
      },
      now,
      signal,
    )
    return { name: guard.name, look: found }
  } catch (failure) {
    return { name: guard.name, failure }
  }
}

/** Who asks for a pause counts what comes before its end: five failed proofs an hour are too many at an authority. */
function askedFor({ look: found, failure }: Kept): Date | undefined {
  const reason = found?.outcome.is === 'unsettled' ? found.outcome.failure : failure
  return reason instanceof Problem ? reason.retryAt : undefined
}
