import type { Settings } from '../config/settings.ts'
import { Problem, reasonOf } from '../core/problem.ts'
import type { Kept } from '../keeper/safeguard-task.ts'
import type { KeeperEvent } from '../keeper/status.ts'
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

export const sayRunStops = (paint: Paint): string =>
  paint.dim('stopped; nothing is lost, and the next run goes on from here')

export const sayTakenOver = (paint: Paint): string =>
  paint.dim(
    'the limits and local networks of the configuration count from now on, the rest of it from the next start',
  )

export const sayProblem = (error: unknown, paint: Paint): string =>
  `${paint.bad('error:')} ${reasonOf(error)}`

/** What a person should act on, once when it opens and once when it is mended; and what the proofs come to, when it changes. */
export function sayEvent(event: KeeperEvent, paint: Paint): string | undefined {
  if (event.is !== 'opened' && event.is !== 'mended') return undefined
  const { code, cases } = event.finding
  const at = paint.dim(event.at)
  const says = cases.map((each) => each.says).join('; ')
  return event.is === 'opened'
    ? `${at} ${paint.bad('found')} ${says} (${code})`
    : `${at} ${paint.good('mended')} ${code}`
}

export const sayPage = (url: string, paint: Paint): string => `${paint.dim('its page:')} ${url}`

/** What is listened to, as it begins. */
export const sayHears = (text: string, now: Date, paint: Paint): string =>
  paint.dim(`${now.toISOString()} ${text}`)

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
