import type { SafeguardName } from '../core/safeguard.ts'

/**
 * "Look again, because …". A trigger never says what changed: an announcement may carry the old address,
 * and what is done follows from the look alone.
 */
export type Trigger = {
  readonly look: readonly SafeguardName[] | 'all'
  /** A few lower-case words for the log and the status: `the router announced itself`. */
  readonly because: string
}

export type Fire = (trigger: Trigger) => void

/**
 * Fires until the signal aborts, and then settles; rejects when it cannot go on. It may fire as often as
 * it likes: triggers that arrive before the look they ask for are one.
 */
export type TriggerSource = (fire: Fire, signal: AbortSignal) => Promise<void>
