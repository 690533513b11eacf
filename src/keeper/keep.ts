import { randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'

import { milliseconds, minutes, type Duration } from '../core/duration.ts'
import type { Guard } from '../core/guard.ts'
import type { Journal } from '../core/journal.ts'
import { Problem } from '../core/problem.ts'
import type { Outcome } from '../core/reconcile.ts'
import { backoff } from './backoff.ts'

/** What one look at one safeguard came to. */
export type Kept = {
  readonly name: Guard['name']
  readonly outcome?: Outcome<unknown>
  readonly failure?: unknown
}

export type KeepOptions = {
  readonly guards: readonly Guard[]
  readonly journal: Journal
  readonly now: () => Date
  /** 0 (included) to 1 (excluded). */
  readonly random: () => number
  /** Between two looks at a safeguard that is as wished. */
  readonly rhythm?: Duration
}

const defaultRhythm = minutes(5)

/**
 * Looks at every safeguard again and again until the signal, and puts back what is ours.
 *
 * Looks never overlap, and they go in the safeguards' order. A safeguard that fails is looked at again
 * after a growing pause of its own; the others keep their rhythm.
 */
export async function keep(
  options: KeepOptions,
  tell: (kept: Kept) => void,
  signal: AbortSignal,
): Promise<void> {
  const rhythm = options.rhythm ?? defaultRhythm
  const due = new Map(options.guards.map(({ name }) => [name, { at: 0, failures: 0 }]))
  while (!signal.aborted) {
    for (const guard of options.guards) {
      const mine = due.get(guard.name)
      if (!mine || mine.at > options.now().getTime() || signal.aborted) continue
      const kept = await look(guard, options, signal)
      // A look that was cut short by the stop says nothing about the safeguard.
      if (signal.aborted) return
      tell(kept)
      mine.failures = kept.outcome?.is === 'settled' ? 0 : mine.failures + 1
      const pause =
        mine.failures === 0
          ? jittered(rhythm, options.random())
          : backoff(mine.failures, options.random())
      mine.at = Math.max(options.now().getTime() + pause, askedFor(kept)?.getTime() ?? 0)
    }
    const next = Math.min(...[...due.values()].map(({ at }) => at))
    await pause(milliseconds(Math.max(0, next - options.now().getTime())), signal)
  }
}

async function look(
  guard: Guard,
  { journal, now }: KeepOptions,
  signal: AbortSignal,
): Promise<Kept> {
  const run = randomUUID()
  let entry: number | undefined
  try {
    const outcome = await guard.reconcile(
      {
        approve: () => Promise.resolve(true),
        progress({ at, step, applied }) {
          if (at === 'starts') entry = journal.starts(run, guard.name, step, now())
          else if (entry !== undefined && applied) journal.ends(entry, applied.is)
          return Promise.resolve()
        },
      },
      signal,
    )
    return { name: guard.name, outcome }
  } catch (failure) {
    return { name: guard.name, failure }
  }
}

/** Who asks for a pause counts what comes before its end: five failed proofs an hour are too many at an authority. */
function askedFor({ outcome, failure }: Kept): Date | undefined {
  const reason = outcome?.is === 'unsettled' ? outcome.failure : failure
  return reason instanceof Problem ? reason.retryAt : undefined
}

const jittered = (duration: Duration, random: number): Duration =>
  milliseconds(duration * (0.9 + 0.2 * random))

async function pause(duration: Duration, signal: AbortSignal): Promise<void> {
  await sleep(duration, undefined, { signal }).catch(() => undefined)
}
