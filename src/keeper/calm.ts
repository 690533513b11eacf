import { seconds } from '../core/duration.ts'

/**
 * How often events may cause looks at one thing. A look is some calls, of which Cloudflare gives 1,200 in
 * five minutes to all programs of an account: half a look a second leaves room for the others.
 */
const burst = 30
const interval = seconds(2)

/** A token bucket that fills evenly (as GCRA). Moments are those of the steady clock. */
export function newCalm() {
  let fullAt = 0
  return {
    /** The earliest moment at which an event may cause a look. */
    next: (at: number): number => Math.max(at, fullAt - (burst - 1) * interval),
    spend(at: number): void {
      fullAt = Math.max(fullAt, at) + interval
    },
  }
}
