import { rangeOf } from '../../core/address.ts'
import { finding, unseen, type Finding } from '../../core/finding.ts'
import { proxiesIn, wantedProxies } from './settings.ts'
import type { Desired, HttpState, Observed } from './types.ts'

export function check(desired: Desired, observed: Observed): readonly Finding[] {
  const { outside, http, core } = observed
  if (outside.is !== 'known' || !outside.value.isHomeAssistant) {
    const why = outside.is === 'unknown' ? outside.because : 'something else answers there'
    return [
      finding(
        'home-assistant/not-reached',
        `Home Assistant cannot be reached (${why})`,
        'check that it runs and that home_assistant.url is right',
      ),
      httpUnseen(http),
      coreUnseen,
    ]
  }
  return [
    ...(outside.value.onboarded
      ? []
      : [
          finding(
            'home-assistant/not-onboarded',
            'Home Assistant has no owner yet: whoever comes first becomes it',
            `create the owner now at home, before anything is published`,
          ),
        ]),
    ...(outside.value.acceptsProxy
      ? []
      : [
          finding(
            'home-assistant/rejects-proxy',
            `Home Assistant answers 400 to what comes through ${wantedProxies(desired, observed).join(', ')}`,
            'run `gatehouse apply`',
          ),
        ]),
    ...(http.is === 'known' ? storeFindings(http.value) : [httpUnseen(http)]),
    ...(core.is === 'known' ? [] : [coreUnseen]),
    ...(core.is === 'known' && core.value.recoveryMode
      ? [
          finding(
            'home-assistant/recovery-mode',
            'Home Assistant is in recovery mode',
            'look at its log and mend what it names',
          ),
        ]
      : []),
    ...(core.is === 'known' && core.value.externalUrl !== desired.externalUrl
      ? [
          finding(
            'home-assistant/external-url',
            `the external URL in Home Assistant is ${core.value.externalUrl ?? 'not set'}, the public one is ${desired.externalUrl}`,
            'set it in Settings > System > Network',
          ),
        ]
      : []),
  ]
}

const httpUnseen = (http: Observed['http']): Finding =>
  unseen(
    'home-assistant/trusts-too-much',
    `the http settings of Home Assistant could not be read${http.is === 'unknown' ? ` (${http.because})` : ''}`,
    'before 2026.8 they are in configuration.yaml: look at trusted_proxies there',
  )

const coreUnseen = unseen(
  'home-assistant/recovery-mode',
  'Home Assistant did not say how it runs',
  'set home_assistant.token_file',
)

function storeFindings({ stable, pending }: HttpState): Finding[] {
  const wide = proxiesIn(stable).filter((proxy) => isWide(proxy))
  const { ip_ban_enabled: bans, login_attempts_threshold: threshold } = stable
  return [
    ...(wide.length > 0
      ? [
          finding(
            'home-assistant/trusts-too-much',
            `Home Assistant believes whatever ${wide.join(', ')} says about the visitor`,
            'trust single addresses only (Settings > System > Network > HTTP server)',
          ),
        ]
      : []),
    ...(pending
      ? [
          finding(
            'home-assistant/pending-change',
            `a change of the http settings waits in Home Assistant${pending.error === undefined ? '' : ` (${pending.error})`}`,
            'confirm or discard it in Settings > System > Network',
          ),
        ]
      : []),
    ...(bans === false || threshold === -1
      ? [
          finding(
            'home-assistant/bans-off',
            'Home Assistant never bans an address after failed sign-ins',
            'set a threshold (5, say) in Settings > System > Network > HTTP server',
          ),
        ]
      : []),
  ]
}

/** A whole network of possible liars, where one machine is meant. */
function isWide(proxy: string): boolean {
  const range = rangeOf(proxy)
  return range !== undefined && range.bits < (range.family === 'ipv4' ? 30 : 126)
}
