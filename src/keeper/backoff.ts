import { milliseconds, minutes, seconds, type Duration } from '../core/duration.ts'

/** An outage of an outside party is rarely shorter; a slip of the network rarely longer. */
const first = seconds(10)
/** Half an hour is what a person waits for before looking for themselves. */
const longest = minutes(30)

/**
 * The pause after so many failures in a row: it doubles up to half an hour, with "full jitter" over
 * its upper half, so that many homes do not come back at the same moment.
 */
export function backoff(failures: number, random: number): Duration {
  const full = Math.min(longest, first * 2 ** Math.min(failures - 1, 20))
  return milliseconds(full / 2 + (full / 2) * random)
}
