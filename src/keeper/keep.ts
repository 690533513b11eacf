import { randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'

import { milliseconds, minutes, type Duration } from '../core/duration.ts'
import type { Guard, Look } from '../core/guard.ts'
import type { Journal } from '../core/journal.ts'
import { Problem } from '../core/problem.ts'
import { backoff } from './backoff.ts'
import type { Board } from './board.ts'
import { lookStatus } from './look-status.ts'
import type { Trigger, TriggerSource } from './trigger.ts'

/** What one look at one safeguard came to. */
export type Kept = {
  readonly name: Guard['name']
  readonly look?: Look
  readonly failure?: unknown
}

export type KeepOptions = {
  readonly guards: readonly Guard[]
  readonly journal: Journal
  readonly board: Board
  readonly now: () => Date
  /** 0 (included) to 1 (excluded). */
  readonly random: () => number
  /** Who says when to look before its time. */
  readonly sources?: readonly TriggerSource[]
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
  const due = new Map(
    options.guards.map(({ name }) => [name, { at: 0, failures: 0, because: 'the start' }]),
  )
  let wake = new AbortController()
  const fire = ({ look: names, because }: Trigger): void => {
    for (const [name, mine] of due)
      if (names === 'all' || names.includes(name)) Object.assign(mine, { at: 0, because })
    wake.abort()
  }
  const sources = (options.sources ?? []).map((source) => source(fire, signal))
  while (!signal.aborted) {
    for (const guard of options.guards) {
      const mine = due.get(guard.name)
      if (!mine || mine.at > options.now().getTime() || signal.aborted) continue
      const { because } = mine
      Object.assign(mine, { at: Number.POSITIVE_INFINITY, because: 'its rhythm' })
      const kept = await look(guard, options, signal)
      // A look that was cut short by the stop says nothing about the safeguard.
      if (signal.aborted) break
      tell(kept)
      const started = options.now()
      mine.failures = kept.look?.outcome.is === 'settled' ? 0 : mine.failures + 1
      const pause =
        mine.failures === 0
          ? jittered(rhythm, options.random())
          : backoff(mine.failures, options.random())
      const at = Math.max(options.now().getTime() + pause, askedFor(kept)?.getTime() ?? 0)
      // Who asked while it looked may know of something that the look was too early for.
      mine.at = Math.min(mine.at, at)
      options.board.looked(guard.name, {
        look: lookStatus(kept, started, because),
        failures: mine.failures,
        nextLook: new Date(mine.at),
        findings: kept.look?.findings,
      })
    }
    const next = Math.min(...[...due.values()].map(({ at }) => at))
    await pause(
      milliseconds(Math.max(0, next - options.now().getTime())),
      AbortSignal.any([signal, wake.signal]),
    )
    wake = new AbortController()
  }
  await Promise.all(sources)
}

async function look(
  guard: Guard,
  { journal, now }: KeepOptions,
  signal: AbortSignal,
): Promise<Kept> {
  const run = randomUUID()
  let entry: number | undefined
  try {
    const look = await guard.look(
      {
        approve: () => Promise.resolve(true),
        progress({ at, step, applied }) {
          if (at === 'starts') entry = journal.starts(run, guard.name, step, now())
          else if (entry !== undefined && applied) journal.ends(entry, applied.is)
          return Promise.resolve()
        },
      },
      now,
      signal,
    )
    return { name: guard.name, look }
  } catch (failure) {
    return { name: guard.name, failure }
  }
}

/** Who asks for a pause counts what comes before its end: five failed proofs an hour are too many at an authority. */
function askedFor({ look, failure }: Kept): Date | undefined {
  const reason = look?.outcome.is === 'unsettled' ? look.outcome.failure : failure
  return reason instanceof Problem ? reason.retryAt : undefined
}

const jittered = (duration: Duration, random: number): Duration =>
  milliseconds(duration * (0.9 + 0.2 * random))

async function pause(duration: Duration, signal: AbortSignal): Promise<void> {
  await sleep(duration, undefined, { signal }).catch(() => undefined)
}
