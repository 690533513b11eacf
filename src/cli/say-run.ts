import type { Settings } from '../config/settings.ts'
import { Problem, reasonOf } from '../core/problem.ts'
import type { Kept } from '../keeper/keep.ts'
import type { Paint } from './paint.ts'

export function sayRunStarts(settings: Settings, serves: boolean, paint: Paint): string {
  const places = settings.gateway.listen.map(
    ({ host, port }) => `${host.includes(':') ? `[${host}]` : host}:${port}`,
  )
  const does = serves
    ? `serves ${settings.names.join(', ')} on ${places.join(' and ')}`
    : 'keeps the set-up'
  return `${paint.strong('gatehouse')} ${does}; Ctrl-C stops it`
}

/** One line per look that found something; nothing where all was as wished. */
export function sayKept(
  { name, look, failure }: Kept,
  now: Date,
  paint: Paint,
): string | undefined {
  const at = paint.dim(now.toISOString())
  if (look === undefined) {
    const code = failure instanceof Problem ? ` (${failure.code})` : ''
    return `${at} ${name} ${paint.bad('could not be looked at')}: ${reasonOf(failure)}${code}`
  }
  const { outcome } = look
  if (outcome.is === 'unsettled')
    return `${at} ${name} ${paint.bad('not as wished')}: ${outcome.because}`
  if (outcome.is === 'refused' || outcome.did.length === 0) return undefined
  return `${at} ${name} ${paint.good('put back')}: ${outcome.did.map(({ says }) => says).join('; ')}`
}
