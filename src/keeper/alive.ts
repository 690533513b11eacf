import { minutes, since, type Duration } from '../core/duration.ts'
import type { StatusReader } from './status.ts'

/** The longest look, an order at a slow authority with slow name servers, with room to spare. */
const longestLook = minutes(45)

/**
 * Whether the keeper's loop goes on: no look is overdue for longer than the longest look takes.
 *
 * It is asked in a rhythm and counts on the monotonic clock from when it first sees a look overdue, so that a machine
 * that slept, or a clock that was set, is no dead keeper.
 */
export function liveness(
  board: StatusReader,
  now: () => Date,
  /** Milliseconds of a clock that is never set. */
  monotonic: () => number,
  patience: Duration = longestLook,
): () => boolean {
  const overdueSince = new Map<string, number>()
  return () => {
    for (const { name, nextLook } of board.read().safeguards) {
      const isOverdue = nextLook === null || since(new Date(nextLook), now()) > 0
      if (!isOverdue) overdueSince.delete(name)
      else if (!overdueSince.has(name)) overdueSince.set(name, monotonic())
    }
    return [...overdueSince.values()].every((at) => monotonic() - at < patience)
  }
}
