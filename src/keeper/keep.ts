import type { Ranges } from '../compose/ranges.ts'
import type { Reached } from '../compose/reach.ts'
import type { KeepSettings } from '../config/settings.ts'
import type { Duration } from '../core/duration.ts'
import type { Guard } from '../core/guard.ts'
import type { Journal } from '../core/journal.ts'
import type { Board } from './board.ts'
import { clockWatch } from './clock-watch.ts'
import type { Clock } from './clock.ts'
import { networkWatch } from './network.ts'
import { afterLooks, proofsTask, type Prove } from './proofs-task.ts'
import { rangesTask } from './ranges-task.ts'
import { deadlines, rhythms } from './rhythm.ts'
import { safeguardTask, type Kept } from './safeguard-task.ts'
import { ripening } from './ripening.ts'
import { runSchedule, type TaskName } from './schedule.ts'
import type { TriggerSource } from './trigger.ts'

export type KeepOptions = {
  readonly guards: readonly Guard[]
  readonly journal: Journal
  readonly board: Board
  readonly clock: Clock
  /** 0 (included) to 1 (excluded). */
  readonly random: () => number
  readonly ways: KeepSettings
  readonly ranges: Ranges
  readonly prove: Prove
  readonly reach: (signal: AbortSignal) => Promise<Reached>
  /** Who says when to look before its time: events of the network, a person's click. */
  readonly sources: readonly TriggerSource[]
  /** Other rhythms than the usual ones: for a test, whose time is short. */
  readonly rhythmOf?: (name: TaskName) => Duration | undefined
  readonly tell: (kept: Kept) => void
  /** What goes wrong and is no finding; the keeper goes on. */
  readonly problem: (error: unknown) => void
}

/**
 * Looks at everything again and again until the signal, puts back what is ours, and keeps the status.
 * What is looked at is one list, and who may ask for a look another.
 */
export async function keep(options: KeepOptions, signal: AbortSignal): Promise<void> {
  const { board, clock, random, problem } = options
  const rhythmOf = options.rhythmOf ?? ((name) => rhythms[name])
  const timing = (name: TaskName) => ({ rhythm: rhythmOf(name), deadline: deadlines[name] })
  const network = networkWatch(options.reach, board)
  const guards = options.guards.map((guard) =>
    safeguardTask(guard, {
      ...timing(guard.name),
      journal: options.journal,
      board,
      now: clock.now,
      way: options.ways[guard.name],
      tell: options.tell,
    }),
  )
  await runSchedule(
    {
      clock,
      random,
      problem,
      tasks: [
        rangesTask(options.ranges, board, timing('ranges')),
        ...guards,
        proofsTask(options.prove, board, timing('proofs'), problem),
        network.task,
      ],
      sources: [
        ...options.sources,
        network.source,
        afterLooks(board, clock),
        clockWatch(clock),
        ripening(board, clock),
      ],
    },
    signal,
  )
}
