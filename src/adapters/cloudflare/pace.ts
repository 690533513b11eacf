import { milliseconds, minutes, seconds, type Duration } from '../../core/duration.ts'
import type { Received } from '../http/exchange.ts'

/**
 * How long the API wants to be left alone after this answer; `undefined` when it does not.
 *
 * Whoever goes on after the limit is shut out for five minutes, with every other program of the
 * account (1,200 calls in five minutes; Cloudflare docs, "Rate limits", September 2025).
 */
export function restAfter({ status, headers }: Received, now: Date): Duration | undefined {
  const spent = spentFor(headers.get('ratelimit') ?? '')
  if (status !== 429) return spent
  return retryAfter(headers.get('retry-after') ?? '', now) ?? spent ?? minutes(1)
}

/** An hour at the most: a wrong header must not silence the keeper for days. */
const longest = 3600

const bounded = (wait: number): Duration => seconds(Math.min(Math.max(wait, 0), longest))

/** `"default";r=0;t=30`: nothing remains for 30 s. Several policies may stand in one header, with commas. */
function spentFor(header: string): Duration | undefined {
  const waits = header
    .split(',')
    .filter((policy) => /;\s*r=0\s*(;|$)/.test(policy))
    .map((policy) => Number(/;\s*t=(\d+)/.exec(policy)?.[1] ?? 1))
  return waits.length === 0 ? undefined : bounded(Math.max(...waits))
}

/** Seconds or a date (RFC 9110 section 10.2.3). */
function retryAfter(header: string, now: Date): Duration | undefined {
  if (/^\d+$/.test(header)) return bounded(Number(header))
  const date = Date.parse(header)
  return Number.isNaN(date) ? undefined : bounded(milliseconds(date - now.getTime()) / 1000)
}
