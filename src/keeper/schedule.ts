import { deadlineIn } from '../core/deadline.ts'
import { later, milliseconds, seconds, since, type Duration } from '../core/duration.ts'
import type { SafeguardName } from '../core/safeguard.ts'
import { backoff } from './backoff.ts'
import { newCalm } from './calm.ts'
import type { Clock } from './clock.ts'
import type { Fire, TriggerSource } from './trigger.ts'

export type TaskName = SafeguardName | 'network' | 'ranges' | 'proofs'

/** Something that is done again and again. */
export type Task = {
  readonly name: TaskName
  /** Between two runs that went well. `undefined`: only when somebody asks. */
  readonly rhythm: Duration | undefined
  /** The longest pause after runs that went badly; the rhythm where it is not said. */
  readonly slowest?: Duration
  /** A run that takes longer is given up. */
  readonly deadline: Duration
  /** `because`: what asked for it, one or more. Never rejects: what went wrong is in what it returns. */
  run(because: readonly string[], signal: AbortSignal): Promise<Ended>
}

export type Ended = {
  readonly well: boolean
  /** Where it went well and should be done again sooner than in its rhythm. */
  readonly pause?: Duration | undefined
  /** An outside party asks not to be called before: nobody's asking helps before. */
  readonly notBefore?: Date | undefined
  /** Told of what follows from it. */
  planned?(plan: { readonly failures: number; readonly next: Date | undefined }): void
}

export type ScheduleOptions = {
  /** In the order of their first runs. */
  readonly tasks: readonly Task[]
  readonly sources: readonly TriggerSource[]
  readonly clock: Clock
  /** 0 (included) to 1 (excluded). */
  readonly random: () => number
  /** A source that failed. It is started again. */
  readonly problem: (error: unknown) => void
}

/**
 * Runs the tasks until the signal: at first in their order, then each in its own rhythm and when a
 * source asks for it.
 *
 * Runs of one task never overlap; whoever asks while it runs gets one more run, and many who ask at once
 * get one together. A run that goes badly is tried again after a growing pause of its own.
 */
export async function runSchedule(options: ScheduleOptions, signal: AbortSignal): Promise<void> {
  const { clock } = options
  const lanes = options.tasks.map(newLane)
  let wake = new AbortController()
  const fire: Fire = ({ look, because }) => {
    for (const lane of lanes) if (isMeant(lane.task, look)) lane.asked.push(because)
    wake.abort()
  }
  const sources = options.sources.map((source) => listen(source, fire, options, signal))
  const begin = (lane: Lane): Promise<void> => {
    lane.running = run(lane, options, signal).finally(() => {
      lane.running = undefined
      wake.abort()
    })
    return lane.running
  }

  // Whoever was looked at may be asked for again while others are still waiting for their first time.
  const beginInOrder = async (): Promise<void> => {
    for (const lane of lanes) {
      if (signal.aborted) return
      if (lane.begun) continue
      lane.begun = true
      await headStart(begin(lane), clock, signal)
    }
  }
  const beginning = beginInOrder()
  while (!signal.aborted) {
    wake = new AbortController()
    for (const lane of lanes)
      if (isIdle(lane) && dueAt(lane, clock) <= clock.elapsed()) void begin(lane)
    const idle = lanes.filter(isIdle)
    const next = Math.min(...idle.map((lane) => dueAt(lane, clock)))
    await clock.pause(
      milliseconds(Math.max(0, next - clock.elapsed())),
      AbortSignal.any([signal, wake.signal]),
    )
  }
  await Promise.all([...sources, beginning, ...lanes.map(({ running }) => running)])
}

/** A source that gives up must not take the keeper with it, nor leave it deaf. */
async function listen(
  source: TriggerSource,
  fire: Fire,
  { clock, random, problem }: ScheduleOptions,
  signal: AbortSignal,
): Promise<void> {
  for (let failures = 1; !signal.aborted; failures++) {
    try {
      await source(fire, signal)
      return
    } catch (error) {
      if (signal.aborted) return
      problem(error)
      await clock.pause(backoff(failures, random()), signal)
    }
  }
}

/** What comes later relies on what comes before; but a first run that hangs must not hold up the others for long. */
async function headStart(first: Promise<void>, clock: Clock, signal: AbortSignal): Promise<void> {
  const over = new AbortController()
  await Promise.race([
    first.finally(() => over.abort()),
    clock.pause(seconds(60), AbortSignal.any([signal, over.signal])),
  ])
}

type Lane = {
  readonly task: Task
  readonly calm: ReturnType<typeof newCalm>
  /** Its turn in the order of the first runs has come. */
  begun: boolean
  running: Promise<void> | undefined
  failures: number
  /** Moments of the steady clock. */
  rhythmAt: number
  holdUntil: number
  asked: string[]
}

const newLane = (task: Task): Lane => ({
  task,
  calm: newCalm(),
  begun: task.rhythm === undefined,
  running: undefined,
  failures: 0,
  rhythmAt: Number.POSITIVE_INFINITY,
  holdUntil: 0,
  asked: task.rhythm === undefined ? [] : ['the start'],
})

const isIdle = ({ begun, running }: Lane): boolean => begun && running === undefined

const isMeant = ({ name, rhythm }: Task, look: Parameters<Fire>[0]['look']): boolean =>
  look === 'all' ? rhythm !== undefined : look.includes(name)

function dueAt({ asked, calm, rhythmAt, holdUntil }: Lane, clock: Clock): number {
  const wanted = asked.length > 0 ? Math.min(rhythmAt, calm.next(clock.elapsed())) : rhythmAt
  return Math.max(wanted, holdUntil)
}

async function run(
  lane: Lane,
  { clock, random }: ScheduleOptions,
  signal: AbortSignal,
): Promise<void> {
  const { task, calm } = lane
  if (lane.asked.length > 0) calm.spend(clock.elapsed())
  const because = lane.asked.length > 0 ? [...new Set(lane.asked)] : ['its rhythm']
  lane.asked = []
  using deadline = deadlineIn(task.deadline, signal)
  const ended = await task.run(because, deadline.signal)
  const { well, notBefore } = ended
  // A run that was cut short by the stop says nothing.
  if (signal.aborted) return
  lane.failures = well ? 0 : lane.failures + 1
  const pause = (well ? ended.pause : undefined) ?? pauseAfter(lane, random())
  lane.rhythmAt = clock.elapsed() + pause
  // A clock that was wrong when the pause was asked for must not silence a task for years.
  const hold = notBefore === undefined ? 0 : Math.min(since(clock.now(), notBefore), longestHold)
  lane.holdUntil = clock.elapsed() + Math.max(0, hold)
  const wait = Math.max(pause, hold)
  const next = Number.isFinite(wait) ? later(clock.now(), milliseconds(wait)) : undefined
  ended.planned?.({ failures: lane.failures, next })
}

/** Let's Encrypt asks for up to 34 h. */
const longestHold = seconds(36 * 3600)

/** What goes badly is never looked at more rarely than what goes well. */
function pauseAfter({ task: { rhythm, slowest = rhythm }, failures }: Lane, random: number) {
  if (failures > 0) return milliseconds(Math.min(backoff(failures, random), slowest ?? longestHold))
  return rhythm === undefined
    ? milliseconds(Number.POSITIVE_INFINITY)
    : milliseconds(rhythm * (0.9 + 0.2 * random))
}
