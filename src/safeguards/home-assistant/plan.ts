import type { Plan, Step } from '../../core/safeguard.ts'
import { sameSettings, wantedProxies, wantedSettings } from './settings.ts'
import type { Desired, Do, HttpState, Observed } from './types.ts'

/** Home Assistant believes exactly the one proxy that stands before it, and knows its public name. */
export function plan(desired: Desired, observed: Observed): Plan<Do> {
  const { outside } = observed
  if (outside.is !== 'known')
    return left(
      `Home Assistant is left as it is: ${outside.is === 'unknown' ? outside.because : 'it is not there'}`,
    )
  if (!outside.value.isHomeAssistant)
    return left('what answers at home_assistant.url is not Home Assistant')
  const proxies = wantedProxies(desired, observed)
  const http = planHttp(proxies, observed)
  const url = planExternalUrl(desired, observed)
  return { steps: [...http.steps, ...url.steps], left: [...http.left, ...url.left] }
}

const left = (...says: string[]): Plan<Do> => ({ steps: [], left: says })

function planHttp(proxies: readonly string[], { outside, http }: Observed): Plan<Do> {
  if (http.is === 'known') return planStore(proxies, http.value)
  // Whoever is served already needs no change, whether or not we may look inside.
  if (outside.is === 'known' && outside.value.acceptsProxy) return left()
  const because =
    http.is === 'unknown'
      ? `Gatehouse cannot set it itself (${http.because})`
      : 'this Home Assistant is older than 2026.8 and has it in YAML'
  return left(
    `Home Assistant does not accept a proxy yet, and ${because}; ${http.is === 'unknown' ? byHand(proxies) : inYaml(proxies)}`,
  )
}

function planStore(proxies: readonly string[], state: HttpState): Plan<Do> {
  if (proxies.length === 0) {
    return left(
      'Home Assistant is left as it is: the address from which it sees Gatehouse could not be found; set home_assistant.sees_gatehouse_as',
    )
  }
  const now = wantedSettings(state.stable, proxies)
  if (now === undefined) return left()
  const foreignTrial =
    state.onTrial && state.pending !== undefined && !sameSettings(state.pending.settings, now)
  if (foreignTrial)
    return left(
      'somebody is trying other http settings in Home Assistant right now; they are left alone until that is over',
    )
  const says = `let Home Assistant accept ${proxies.join(', ')} as its proxy (it restarts once, and goes back by itself if that does not work)`
  const step: Step<Do> = { says, does: { verb: 'set-http', was: state.stable, now } }
  return { steps: [step], left: [] }
}

function planExternalUrl({ externalUrl }: Desired, { core }: Observed): Plan<Do> {
  if (core.is !== 'known' || core.value.externalUrl === externalUrl) return left()
  if (core.value.externalUrl !== undefined)
    return left(
      `the external URL in Home Assistant is ${core.value.externalUrl}, which is left; ${externalUrl} would be the public one`,
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

const inYaml = (proxies: readonly string[]): string =>
  `put this into configuration.yaml and restart:\nhttp:\n  use_x_forwarded_for: true\n  trusted_proxies:\n${proxies.map((proxy) => `    - ${proxy}`).join('\n')}`
