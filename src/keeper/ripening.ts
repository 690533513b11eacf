import { milliseconds, minutes, since } from '../core/duration.ts'
import type { Board } from './board.ts'
import type { Clock } from './clock.ts'
import type { TriggerSource } from './trigger.ts'

/** What is seen for the first time meanwhile is noticed at the next glance. */
const glance = minutes(1)

/** Shows what has lasted long enough, also when no look happens at that moment. Asks for none itself. */
export const ripening =
  (board: Board, clock: Clock): TriggerSource =>
  async (_fire, signal) => {
    while (!signal.aborted) {
      const next = board.settle()
      const wait = next === undefined ? glance : Math.min(glance, since(clock.now(), next) + 1)
      await clock.pause(milliseconds(Math.max(1, wait)), signal)
    }
  }
