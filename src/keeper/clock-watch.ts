import { describeDuration, milliseconds, seconds } from '../core/duration.ts'
import type { Clock } from './clock.ts'
import type { TriggerSource } from './trigger.ts'

/** Whoever wakes a machine up wants it to be right soon; a glance costs microseconds. */
const glance = seconds(10)
/** Time servers move a clock by less than this without a jump. */
const jump = seconds(10)

/**
 * Fires when the wall clock and the steady one part: the machine slept, or somebody set the clock. Dates
 * (the end of a certificate, say) are then to be looked at afresh.
 */
export const clockWatch =
  (clock: Clock): TriggerSource =>
  async (fire, signal) => {
    let before = parting(clock)
    while (!signal.aborted) {
      await clock.pause(glance, signal)
      const now = parting(clock)
      const by = now - before
      before = now
      if (Math.abs(by) < jump) continue
      const because =
        by > 0
          ? `the machine slept, or the clock went ahead by ${describeDuration(milliseconds(by))}`
          : `the clock went back by ${describeDuration(milliseconds(Math.abs(by)))}`
      fire({ look: 'all', because })
    }
  }

const parting = ({ now, elapsed }: Clock): number => now().getTime() - elapsed()
