import type { Fact } from '../../core/fact.ts'
import type { CertificateFacts } from '../../core/certificate.ts'
import { days, hours, later, milliseconds, since } from '../../core/duration.ts'

/** `soon`: it should have been renewed by now, and less than an eighth of its life is left. */
export type RenewalState = 'not yet' | 'due' | 'soon' | 'ended'

/** Below this life a certificate is renewed at half of it, as Let's Encrypt does for six-day ones. */
const short = days(10)

/**
 * The moment from which a certificate is to be renewed: the authority's, or two thirds of its life.
 *
 * The authority's is bounded on both sides. One that always says "now" would get an order at every look,
 * and one that says "never" would let it end.
 */
export function renewalMoment({ notBefore, notAfter }: CertificateFacts, asked: Fact<Date>): Date {
  const life = since(notBefore, notAfter)
  const at = (part: number): Date => new Date(notBefore.getTime() + life * part)
  if (asked.is !== 'known') return at(life < short ? 1 / 2 : 2 / 3)
  const earliest = later(notBefore, soonest) < at(1 / 2) ? later(notBefore, soonest) : at(1 / 2)
  const latest = at(5 / 6)
  if (asked.value < earliest) return earliest
  return asked.value > latest ? latest : asked.value
}

/** The rhythm in which an authority is asked anyway (RFC 9773 section 4.3; Let's Encrypt says 6 h). */
const soonest = hours(6)

/** Let's Encrypt lets five proofs of a name fail in an hour (rate limits, 2026-08-05): two are left to a person. */
const freeAttempts = 3
const firstPause = hours(1)
/** A certificate of six days still has three when it is due. */
const longestPause = hours(6)

/**
 * Until when no certificate is asked for, after attempts that failed since the last one; `undefined` where
 * nothing is to be waited for. Remembered on the disk, so that a service that is restarted again and again
 * does not use up what the authority allows.
 */
export function holdUntil(attempts: readonly Date[], now: Date): Date | undefined {
  // What lies ahead was written by a clock that was wrong.
  const failed = attempts.filter((at) => at <= now)
  const last = failed.at(-1)
  if (last === undefined || failed.length < freeAttempts) return undefined
  const pause = Math.min(longestPause, firstPause * 2 ** (failed.length - freeAttempts))
  const until = later(last, milliseconds(pause))
  return until > now ? until : undefined
}

export function renewalState(
  certificate: CertificateFacts,
  asked: Fact<Date>,
  now: Date,
): RenewalState {
  if (now >= certificate.notAfter) return 'ended'
  if (now < renewalMoment(certificate, asked)) return 'not yet'
  const life = since(certificate.notBefore, certificate.notAfter)
  return since(now, certificate.notAfter) < life / 8 ? 'soon' : 'due'
}
