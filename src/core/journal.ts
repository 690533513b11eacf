import type { SafeguardName } from './safeguard.ts'

/** What became of a journalled step. `started` and nothing after it: the program was cut off there. */
export type JournalOutcome = 'started' | 'done' | 'could-not-confirm' | 'undone'

/** One step that was taken, or begun. `does` is the step's data, with the former value in it. */
export type JournalEntry = {
  readonly id: number
  /** All steps of one `apply`, or of one look of the keeper, share it. */
  readonly run: string
  readonly at: Date
  readonly safeguard: SafeguardName
  readonly says: string
  readonly does: unknown
  readonly outcome: JournalOutcome
}

/**
 * The memory of changes, for `undo`. A step is written before the world is changed, so that a step
 * that was cut off is known.
 */
export type Journal = {
  starts(
    run: string,
    safeguard: SafeguardName,
    step: { says: string; does: unknown },
    at: Date,
  ): number
  ends(id: number, outcome: Exclude<JournalOutcome, 'started'>): void
  /** What may have changed the world and was not put back, newest first. */
  open(): readonly JournalEntry[]
}
