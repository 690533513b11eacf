import type { Reached } from '../compose/reach.ts'
import { seconds } from '../core/duration.ts'
import { finding } from '../core/finding.ts'
import type { Board } from './board.ts'
import type { Task } from './schedule.ts'
import type { Fire, TriggerSource } from './trigger.ts'

/**
 * Tells a dead network from a party that is away: when a look failed, everybody outside is tried. When
 * nobody can be reached, that is the one thing to tell, and everything is looked at once it is over.
 */
export function networkWatch(
  reach: (signal: AbortSignal) => Promise<Reached>,
  board: Board,
): { readonly task: Task; readonly source: TriggerSource } {
  let fire: Fire = () => undefined
  let down = false
  return {
    task: {
      name: 'network',
      rhythm: undefined,
      deadline: seconds(30),
      slowest: seconds(30),
      async run(_because, signal) {
        const tried = await reach(signal).catch(() => [])
        if (signal.aborted) return { well: !down }
        const dead = tried.length > 0 && tried.every(({ reached }) => !reached)
        const others = tried.map(({ who }) => who).join(', ')
        board.sees(
          'network',
          dead
            ? [
                finding(
                  'network/down',
                  `none of ${others} can be reached`,
                  'check the router and the line; everything is looked at again once it is back',
                ),
              ]
            : [],
        )
        if (down && !dead) fire({ look: 'all', because: 'the network is back' })
        down = dead
        return { well: !dead }
      },
    },
    source(given, signal) {
      fire = given
      return new Promise((resolve) => signal.addEventListener('abort', () => resolve()))
    },
  }
}
