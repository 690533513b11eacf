import type { TaskName } from './schedule.ts'

/**
 * "Look again, because …". A trigger never says what changed: an announcement may carry the old address,
 * and what is done follows from the look alone.
 */
export type Trigger = {
  readonly look: readonly TaskName[] | 'all'
  /** A few lower-case words for the log and the status: `the router announced itself`. */
  readonly because: string
}

export type Fire = (trigger: Trigger) => void

/**
 * Fires until the signal aborts, and then settles. It may fire as often as it likes: triggers that arrive
 * before the look they ask for are one. When it rejects it is started again after a pause.
 */
export type TriggerSource = (fire: Fire, signal: AbortSignal) => Promise<void>
