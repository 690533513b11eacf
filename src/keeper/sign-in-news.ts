import { finding, type Finding } from '../core/finding.ts'
import { hours, minutes, since } from '../core/duration.ts'
import type { GatewayEvent } from '../gateway/setup.ts'
import type { Board } from './board.ts'
import type { Clock } from './clock.ts'
import type { TriggerSource } from './trigger.ts'

/** Long enough for a person to look who it was, and short enough that it is news. */
const newsFor = hours(1)
/** More of them are an attack from everywhere, and a number says that better than names. */
const named = 3
/** Visitors that are remembered; the one who was refused longest ago is forgotten first. */
const remembered = 1000
const forgetsEvery = minutes(1)

export type SignInNews = {
  /** What the gateway tells; only attempts to sign in that it refuses are news. */
  readonly tell: (event: GatewayEvent) => void
  /** Shows them on the board until they are old. Asks for no look. */
  readonly source: (board: Board, clock: Clock) => TriggerSource
}

/** Who tried to sign in so often that the gateway refuses them for a while: the owner should hear of it. */
export function signInNews(now: () => Date): SignInNews {
  const refused = new Map<string, { readonly attempts: number; readonly at: Date }>()
  let show = (): void => undefined
  return {
    tell(event) {
      if (event.is !== 'sign-ins' || event.outcome !== 'refused') return
      refused.delete(event.visitor)
      refused.set(event.visitor, { attempts: event.attempts, at: now() })
      if (refused.size > remembered) refused.delete(refused.keys().next().value ?? '')
      show()
    },
    source: (board, clock) => async (_fire, signal) => {
      show = () => board.sees('sign-ins', findingsOn([...refused.entries()]))
      while (!signal.aborted) {
        for (const [visitor, { at }] of refused)
          if (since(at, now()) > newsFor) refused.delete(visitor)
        show()
        await clock.pause(forgetsEvery, signal)
      }
    },
  }
}

function findingsOn(refused: readonly (readonly [string, { readonly attempts: number }])[]) {
  const latest = refused.toReversed()
  const others = latest.length - named
  const hint =
    'if it was nobody of yours: nobody came in by this alone; see that everybody has a good password and a second factor'
  return [
    ...latest
      .slice(0, named)
      .map(([visitor, { attempts }]): Finding =>
        finding(
          'sign-in/refused',
          `${visitor} tried to sign in ${attempts} times within minutes, and is refused for a while`,
          hint,
        ),
      ),
    ...(others > 0
      ? [finding('sign-in/refused', `and so were ${others} other visitors within an hour`, hint)]
      : []),
  ]
}
