import type { Duration } from '../../src/core/duration.ts'
import type { Clock } from '../../src/keeper/clock.ts'

export type VirtualClock = Clock &
  Disposable & {
    /** While it is under way no time goes by: what it does takes as long as it really takes. */
    work<T>(act: () => Promise<T>): Promise<T>
    /** A pause within work: the clock goes on by it, and nobody waits. */
    rest(duration: Duration, signal: AbortSignal): Promise<void>
    /** Whoever paused or worked is gone, as after a kill. */
    forget(): void
    /** The machine sleeps, or somebody sets the clock: the dates jump, the steady clock does not. */
    jump(ms: number): void
  }

type Sleeper = { readonly at: number; readonly wake: () => void }

/**
 * A clock that jumps from one thing to do to the next. Time goes by only while all that was begun through
 * `work` is done and somebody pauses.
 */
export function virtualClock(start: Date): VirtualClock {
  let elapsed = 0
  let wall = start.getTime()
  let busy = 0
  let era = 0
  let stopped = false
  const sleepers = new Set<Sleeper>()

  const advance = (to: number): void => {
    wall += Math.max(0, to - elapsed)
    elapsed = Math.max(elapsed, to)
  }
  /** Twice, so that what a wake-up causes has begun before the next. */
  const turn = (): void => {
    if (!stopped) setImmediate(() => setImmediate(step))
  }
  const step = (): void => {
    const first = [...sleepers].toSorted((a, b) => a.at - b.at)[0]
    if (busy === 0 && first) {
      sleepers.delete(first)
      advance(first.at)
      first.wake()
    }
    turn()
  }
  turn()

  return {
    now: () => new Date(wall),
    elapsed: () => elapsed,
    pause: (duration, signal) =>
      new Promise((resolve) => {
        if (signal.aborted) {
          resolve()
          return
        }
        const sleeper = {
          at: elapsed + duration,
          wake() {
            sleepers.delete(sleeper)
            signal.removeEventListener('abort', sleeper.wake)
            resolve()
          },
        }
        signal.addEventListener('abort', sleeper.wake)
        sleepers.add(sleeper)
      }),
    async work(act) {
      const mine = era
      busy++
      try {
        return await act()
      } finally {
        if (era === mine) busy--
      }
    },
    async rest(duration, signal) {
      signal.throwIfAborted()
      advance(elapsed + duration)
      await new Promise(setImmediate)
    },
    forget() {
      sleepers.clear()
      era++
      busy = 0
    },
    jump(ms) {
      wall += ms
    },
    [Symbol.dispose]() {
      stopped = true
    },
  }
}
