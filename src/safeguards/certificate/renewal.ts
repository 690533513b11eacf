import type { Fact } from '../../core/fact.ts'
import type { CertificateFacts } from '../../core/certificate.ts'
import { days, since } from '../../core/duration.ts'

/** `soon`: it should have been renewed by now, and less than an eighth of its life is left. */
export type RenewalState = 'not yet' | 'due' | 'soon' | 'ended'

/** Below this life a certificate is renewed at half of it, as Let's Encrypt does for six-day ones. */
const short = days(10)

/** The moment from which a certificate is to be renewed: the authority's, or two thirds of its life. */
export function renewalMoment({ notBefore, notAfter }: CertificateFacts, asked: Fact<Date>): Date {
  if (asked.is === 'known') return asked.value
  const life = since(notBefore, notAfter)
  return new Date(notBefore.getTime() + life * (life < short ? 1 / 2 : 2 / 3))
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
