import type { Plan } from '../../core/safeguard.ts'
import { planStore } from './plan-store.ts'
import { planYaml } from './plan-yaml.ts'
import { describeWindow, mayRestart } from './restart-window.ts'
import { wantedProxies } from './settings.ts'
import type { Desired, Do, Inside, Observed } from './types.ts'

/**
 * Home Assistant believes exactly the proxy that stands before it, serves the pair that lies there for it where TLS ends
 * in it, and knows its public name.
 */
export function plan(desired: Desired, observed: Observed): Plan<Do> {
  const { outside, inside } = observed
  if (outside.is !== 'known')
    return left(
      `Home Assistant is left as it is: ${outside.is === 'unknown' ? outside.because : 'it is not there'}`,
    )
  if (!outside.value.isHomeAssistant)
    return left('what answers at home_assistant.url is not Home Assistant')
  if (!outside.value.onboarded) return awaitOwner
  const http = planHttp(desired, observed)
  const restart = http.steps.length > 0 ? left() : planRestart(desired, observed)
  const url = inside.is === 'known' ? planExternalUrl(desired, inside.value) : left()
  // The URL first: with TLS and without one, its next start asks for a repair.
  return {
    steps: [...url.steps, ...http.steps, ...restart.steps],
    left: [...url.left, ...http.left, ...restart.left],
  }
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

/** The settings of the http integration, which cost a restart. */
function planHttp(desired: Desired, observed: Observed): Plan<Do> {
  const { inside, pair } = observed
  const proxies = wantedProxies(desired, observed)
  if (inside.is !== 'known') {
    // Whoever is served already needs no change, whether or not we may look inside.
    const { outside } = observed
    if (outside.is === 'known' && outside.value.acceptsProxy && desired.tls === 'gateway')
      return left()
    return left(
      `Home Assistant does not accept a proxy yet, and Gatehouse cannot set it itself (${inside.is === 'unknown' ? inside.because : 'it does not say'}); ${byHand(proxies)}`,
    )
  }
  if (inside.value.recoveryMode)
    return left('Home Assistant is in recovery mode, where its settings are left alone')
  if (desired.tls === 'home-assistant' && pair.is !== 'known')
    return left(
      `TLS in Home Assistant is left as it is: ${pair.is === 'unknown' ? pair.because : 'there is no certificate in home_assistant.certificate_folder'}`,
    )
  const { http } = inside.value
  const planned =
    http === undefined
      ? planYaml(desired, proxies, observed)
      : planStore(desired, proxies, http, observed)
  return planned.steps.length === 0 || mayRestart(desired, observed)
    ? planned
    : left(
        ...planned.left,
        ...planned.steps.map(({ says }) => `${says}: ${describeWindow(desired)}`),
      )
}

/** Once for each pair, in the window: it reads its certificate only when it starts. */
function planRestart(desired: Desired, observed: Observed): Plan<Do> {
  const { outside, inside, pair, restartedFor } = observed
  if (desired.tls !== 'home-assistant' || outside.is !== 'known' || pair.is !== 'known')
    return left()
  const served = outside.value.certificate?.fingerprint
  const { fingerprint } = pair.value
  if (served === undefined || served === fingerprint || inside.is !== 'known') return left()
  if (restartedFor === fingerprint)
    return left(
      'Home Assistant was restarted for the new certificate and serves another one nevertheless: check that home_assistant.certificate_folder and certificate_folder_inside are the same folder',
    )
  if (!mayRestart(desired, observed))
    return left(
      `Home Assistant takes the new certificate with a restart ${describeWindow(desired)}`,
    )
  return {
    steps: [
      {
        says: 'restart Home Assistant, so that it serves the new certificate',
        does: { verb: 'restart', was: served, now: fingerprint },
      },
    ],
    left: [],
  }
}

function planExternalUrl({ externalUrl }: Desired, inside: Inside): Plan<Do> {
  if (inside.externalUrl === externalUrl || inside.recoveryMode) return left()
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
