import type { Plan } from '../../core/safeguard.ts'
import {
  changedSettings,
  expectsOf,
  formerIn,
  missingChanges,
  nobodyKnowsWhere,
  proxiesIn,
  sameSettings,
  wantedChanges,
} from './settings.ts'
import type { BlockChanges, Desired, Do, HttpState, Observed } from './types.ts'

/** From 2026.8: one transaction, unless somebody else is at it. */
export function planStore(
  desired: Desired,
  proxies: readonly string[],
  state: HttpState,
  { outside }: Observed,
): Plan<Do> {
  const { stable, pending, onTrial } = state
  // It takes us for its proxy, by whatever address it sees us; only what is on trial is not settled yet.
  const served = outside.is === 'known' && outside.value.acceptsProxy
  const trustsFormer = formerIn(stable, desired.formerRanges).length > 0
  if (
    served &&
    desired.tls === 'gateway' &&
    desired.proxy === undefined &&
    !onTrial &&
    !trustsFormer
  )
    return left()
  if (proxies.length === 0) return left(nobodyKnowsWhere)
  const missing = missingChanges(stable, wantedChanges(desired, proxies))
  if (missing === undefined) return left()
  const now = changedSettings(stable, missing)
  if (pending && pending.error === undefined && !sameSettings(pending.settings, now))
    return left(
      onTrial
        ? 'somebody is trying other http settings in Home Assistant right now; they are left alone until that is over'
        : 'somebody staged other http settings in Home Assistant, which it tries at its next start; confirm or discard them first (Settings > System > Network)',
    )
  return {
    steps: [
      {
        says: `${describe(missing)} (it restarts once, and goes back by itself if that does not work${replaced(pending)})`,
        does: { verb: 'set-http', was: stable, now, expects: expectsOf(desired) },
      },
    ],
    left: [],
  }
}

const left = (...says: string[]): Plan<Do> => ({ steps: [], left: says })

export function describe({ proxies, set, gone = [] }: BlockChanges): string {
  const certificate = set['ssl_certificate'] ?? set['ssl_key']
  const parts = [
    ...(proxies.length > 0 ? [`accept ${shortList(proxies)} as its proxy`] : []),
    ...(gone.length > 0
      ? [`trust ${shortList(gone)} no longer, which Cloudflare does not use any more`]
      : []),
    ...(certificate === undefined ? [] : [`serve TLS with ${certificate}`]),
  ]
  return `let Home Assistant ${parts.length > 0 ? parts.join(' and ') : 'believe its proxies'}`
}

/** Cloudflare has two dozen ranges. */
const shortList = (proxies: readonly string[]): string =>
  proxies.length > 4 ? `${proxies.length} ranges of Cloudflare` : proxies.join(', ')

/** What the owner set there once lies nowhere else: it is said. */
function replaced(pending: HttpState['pending']): string {
  if (pending?.error === undefined) return ''
  const proxies = proxiesIn(pending.settings)
  const meant = proxies.length > 0 ? `: trusted proxies ${proxies.join(', ')}` : ''
  return `; the settings that failed there are replaced (${pending.error}${meant})`
}
