import { since } from '../../core/duration.ts'

/** When a router said which epoch, in seconds. */
export type EpochSeen = { readonly epoch: number; readonly at: Date }

/**
 * Whether a router has begun anew since `before`: it restarted, and whatever it had mapped is gone
 * (RFC 6887 section 8.5, which also mends RFC 6886 section 3.6).
 *
 * Clocks may differ by a sixteenth; one second is rounding.
 */
export function beganAnew(before: EpochSeen, now: EpochSeen): boolean {
  if (now.epoch < before.epoch - 1) return true
  const ours = since(before.at, now.at) / 1000
  const theirs = now.epoch - before.epoch
  return ours + 2 < theirs - theirs / 16 || theirs + 2 < ours - ours / 16
}
