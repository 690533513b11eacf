import type { Plan, Step } from '../../core/safeguard.ts'
import {
  expectsOf,
  nobodyKnowsWhere,
  sameSettings,
  wantedProxies,
  wantedSettings,
} from './settings.ts'
import type { Desired, Do, Expects, HttpState, Inside, Observed, Outside } from './types.ts'
import { planYaml } from './plan-yaml.ts'

/** Home Assistant believes exactly the one proxy that stands before it, and knows its public name. */
export function plan(desired: Desired, observed: Observed): Plan<Do> {
  const { outside, inside } = observed
  if (outside.is !== 'known')
    return left(
      `Home Assistant is left as it is: ${outside.is === 'unknown' ? outside.because : 'it is not there'}`,
    )
  if (!outside.value.isHomeAssistant)
    return left('what answers at home_assistant.url is not Home Assistant')
  if (!outside.value.onboarded) return awaitOwner
  const proxies = wantedProxies(desired, observed)
  const http = planHttp(desired, proxies, observed, outside.value)
  const url = inside.is === 'known' ? planExternalUrl(desired, inside.value) : left()
  return { steps: [...http.steps, ...url.steps], left: [...http.left, ...url.left] }
}

const left = (...says: string[]): Plan<Do> => ({ steps: [], left: says })

/** A step that cannot succeed for now, so that nothing after it begins. */
const awaitOwner: Plan<Do> = {
  steps: [
    {
      says: 'wait until Home Assistant has an owner: before that, whoever comes first would become it',
      does: { verb: 'await-owner' },
    },
  ],
  left: [],
}

function planHttp(
  desired: Desired,
  proxies: readonly string[],
  observed: Observed,
  { acceptsProxy }: Outside,
): Plan<Do> {
  const { inside } = observed
  if (inside.is === 'known' && inside.value.http !== undefined) {
    // It takes us for its proxy, by whatever address it sees us; only what is on trial is not settled yet.
    const served = acceptsProxy && desired.tls === 'gateway' && desired.proxy === undefined
    return served && !inside.value.http.onTrial
      ? left()
      : planStore(proxies, inside.value.http, expectsOf(desired))
  }
  if (inside.is === 'known') return planYaml(desired, proxies, observed)
  // Whoever is served already needs no change, whether or not we may look inside.
  if (acceptsProxy && desired.tls === 'gateway') return left()
  return left(
    `Home Assistant does not accept a proxy yet, and Gatehouse cannot set it itself (${inside.is === 'unknown' ? inside.because : 'it does not say'}); ${byHand(proxies)}`,
  )
}

function planStore(proxies: readonly string[], state: HttpState, expects: Expects): Plan<Do> {
  if (proxies.length === 0) return left(nobodyKnowsWhere)
  const now = wantedSettings(state.stable, proxies)
  if (now === undefined) return left()
  const { pending, onTrial } = state
  if (pending && pending.error === undefined && !sameSettings(pending.settings, now))
    return left(
      onTrial
        ? 'somebody is trying other http settings in Home Assistant right now; they are left alone until that is over'
        : 'somebody staged other http settings in Home Assistant, which it tries at its next start; confirm or discard them first (Settings > System > Network)',
    )
  const failed =
    pending?.error === undefined
      ? ''
      : `; the settings that failed there (${pending.error}) are replaced`
  const says = `let Home Assistant accept ${proxies.join(', ')} as its proxy (it restarts once, and goes back by itself if that does not work${failed})`
  const step: Step<Do> = { says, does: { verb: 'set-http', was: state.stable, now, expects } }
  return { steps: [step], left: [] }
}

function planExternalUrl({ externalUrl }: Desired, inside: Inside): Plan<Do> {
  if (inside.externalUrl === externalUrl) return left()
  if (inside.externalUrl !== undefined)
    return left(
      `the external URL in Home Assistant is ${inside.externalUrl}, which is left; ${externalUrl} would be the public one`,
    )
  return {
    steps: [
      {
        says: `set the external URL in Home Assistant to ${externalUrl}`,
        does: { verb: 'set-external-url', was: undefined, now: externalUrl },
      },
    ],
    left: [],
  }
}

const byHand = (proxies: readonly string[]): string =>
  `give it a token in home_assistant.token_file, or enter ${proxies.join(', ')} as trusted proxy in Settings > System > Network > HTTP server`
