import { setTimeout as sleep } from 'node:timers/promises'

import type { Duration } from './duration.ts'

/** Time that only goes forward, and that one may let go by. A test has one of its own. */
export type Steady = {
  /** Milliseconds since some moment. */
  elapsed(): number
  /** Rejects when the signal aborts. */
  rest(duration: Duration, signal: AbortSignal): Promise<void>
}

export const steady: Steady = {
  elapsed: () => performance.now(),
  rest: (duration, signal) => sleep(duration, undefined, { signal }),
}
