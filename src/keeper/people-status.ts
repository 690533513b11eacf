import { setTimeout as sleep } from 'node:timers/promises'

import { findingsOnPeople, type People } from '../compose/people.ts'
import { hours } from '../core/duration.ts'
import type { Board } from './board.ts'
import type { TriggerSource } from './trigger.ts'

/** Users come and go by hand, and a verification ages by the day. */
const rhythm = hours(1)

/** Shows on the board who may come in from outside and is not known to have a second factor. Asks for no look. */
export const peopleStatus =
  (people: People, board: Board): TriggerSource =>
  async (_fire, signal) => {
    while (!signal.aborted) {
      await lookAtPeople(people, board, signal)
      await sleep(rhythm, undefined, { signal }).catch(() => undefined)
    }
  }

/** Once, now: after somebody has shown their second factor. */
export async function lookAtPeople(
  people: People,
  board: Board,
  signal: AbortSignal,
): Promise<void> {
  const found = await findingsOnPeople(people, signal).catch(() => undefined)
  // What could not be seen leaves what was seen before.
  if (found?.is === 'known') board.sees('people', found.value)
}
