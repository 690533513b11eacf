import { setTimeout as sleep } from 'node:timers/promises'

import type { Beat, Heartbeat } from '../adapters/notify/heartbeat.ts'
import type { Duration } from '../core/duration.ts'
import { finding } from '../core/finding.ts'
import { Problem, reasonOf } from '../core/problem.ts'
import type { Board } from './board.ts'
import type { KeeperStatus } from './status.ts'

export type BeatOptions = {
  readonly heartbeat: Heartbeat
  readonly every: Duration
  readonly board: Board
  /** False: the keeper's own loop does not go on, and the beats stop. */
  readonly alive: () => boolean
}

/**
 * Beats in its rhythm until the signal. It tells the state of the moment, so a beat that was lost is not sent again:
 * the next one comes.
 */
export async function beat(options: BeatOptions, signal: AbortSignal): Promise<void> {
  const { heartbeat, every, board, alive } = options
  const send = async (which: Beat, says: string) => {
    try {
      await heartbeat(which, says, signal)
      board.sees('heartbeat', [])
    } catch (error) {
      if (signal.aborted) return
      const hint = error instanceof Problem ? error.hint : undefined
      const why = `the heartbeat does not arrive: ${reasonOf(error)}`
      board.sees('heartbeat', [finding('notify/failing', why, hint)])
    }
  }
  await send('start', 'gatehouse starts')
  while (!signal.aborted) {
    await sleep(every, undefined, { signal }).catch(() => undefined)
    if (signal.aborted || !alive()) continue
    const { outcome, says } = stateOf(board.read())
    await send(outcome, says)
  }
}

function stateOf({ findings }: KeeperStatus): { outcome: Beat; says: string } {
  const broken = findings.filter(
    ({ severity, because }) => severity === 'broken' && because.length === 0,
  )
  return {
    outcome: broken.length > 0 ? 'fail' : 'success',
    says: broken.map(({ code }) => code).join('\n') || 'nothing is broken',
  }
}
