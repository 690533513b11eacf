import { setTimeout as sleep } from 'node:timers/promises'

import { milliseconds, type Duration } from '../core/duration.ts'

/** Time as the keeper needs it. The wall clock is for dates; pauses go by one that never jumps. */
export type Clock = {
  readonly now: () => Date
  /** Milliseconds since some moment. It neither jumps nor goes back, and stands still while the machine sleeps. */
  readonly elapsed: () => number
  /** Ends early, and without an error, when the signal aborts. */
  pause(duration: Duration, signal: AbortSignal): Promise<void>
}

/** A timer cannot be longer than 2^31 - 1 ms; it would fire at once. */
const longest = milliseconds(2 ** 31 - 1)

export const systemClock = (now: () => Date): Clock => ({
  now,
  elapsed: () => performance.now(),
  async pause(duration, signal) {
    await sleep(Math.min(duration, longest), undefined, { signal }).catch(() => undefined)
  },
})
