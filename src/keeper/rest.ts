import { setTimeout as sleep } from 'node:timers/promises'

import { minutes, type Duration } from '../core/duration.ts'
import type { StatusReader } from './status.ts'

/** Looks leave garbage, and nothing presses to collect it where nothing else happens. */
const usual = minutes(2)

/** Gives memory back until the signal, in pauses of the gateway: when it forwarded nothing since the last time. */
export async function restWell(
  board: StatusReader,
  giveBack: () => void,
  signal: AbortSignal,
  rhythm: Duration = usual,
): Promise<void> {
  let before = -1
  while (!signal.aborted) {
    await sleep(rhythm, undefined, { signal, ref: false }).catch(() => undefined)
    const { requests, webSockets } = board.read().gateway ?? { requests: 0, webSockets: 0 }
    const forwarded = requests + webSockets
    if (!signal.aborted && forwarded === before) giveBack()
    before = forwarded
  }
}
