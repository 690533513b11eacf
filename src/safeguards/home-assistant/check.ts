import { finding, unseen, type Finding } from '../../core/finding.ts'
import { checkInside } from './check-inside.ts'
import { checkSettings, settingsUnseen } from './check-settings.ts'
import { describeWindow } from './restart-window.ts'
import { missingChanges, wantedChanges, wantedProxies } from './settings.ts'
import type { Desired, Observed, Outside, Settings } from './types.ts'
import { readBlock } from './yaml-edit.ts'

export function check(desired: Desired, observed: Observed): readonly Finding[] {
  const { outside, inside } = observed
  if (outside.is !== 'known' || !outside.value.isHomeAssistant) {
    const why = outside.is === 'unknown' ? outside.because : 'something else answers there'
    return [
      finding(
        'home-assistant/not-reached',
        `Home Assistant cannot be reached (${why})`,
        'check that it runs and that home_assistant.url is right',
      ),
      settingsUnseen(inside),
      coreUnseen,
    ]
  }
  const settings = settingsIn(observed)
  return [
    ...outsideFindings(desired, observed, outside.value),
    ...certificateFindings(desired, observed, outside.value),
    ...(settings === undefined ? [settingsUnseen(inside)] : checkSettings(desired, settings)),
    ...(inside.is === 'known'
      ? checkInside(desired, inside.value)
      : outside.value.certificate?.isEmergency === true
        ? []
        : [coreUnseen]),
  ]
}

const coreUnseen = unseen(
  'home-assistant/recovery-mode',
  'Home Assistant did not say how it runs',
  'set home_assistant.token_file',
)

/** What is in use: of the store, or (as far as it is to be seen) of YAML. */
function settingsIn({ inside, yaml }: Observed): Settings | undefined {
  if (inside.is === 'known' && inside.value.http) return inside.value.http.stable
  return yaml.is === 'known' ? readBlock(yaml.value.text, yaml.value.included) : undefined
}

function outsideFindings(desired: Desired, observed: Observed, outside: Outside): Finding[] {
  if (!outside.onboarded)
    return [
      finding(
        'home-assistant/not-onboarded',
        'Home Assistant has no owner yet: whoever comes first becomes it',
        'create the owner now at home, before anything is published',
      ),
    ]
  // With TLS in Home Assistant it meets the edge, which nobody can play from here.
  if (desired.tls === 'home-assistant') return missingInHomeAssistant(desired, observed)
  if (!outside.acceptsProxy) return [rejectsProxy(desired, observed)]
  return [
    ...(outside.believesProxy === false
      ? [
          finding(
            'home-assistant/wrong-client-address',
            'Home Assistant takes a visitor from outside for one at home',
            'the trusted proxies are too wide, or trust addresses of visitors',
          ),
        ]
      : []),
    ...(outside.offersTrustedNetworks
      ? [
          finding(
            'home-assistant/trusted-networks-outside',
            'Home Assistant offers a visitor from outside to sign in without a password',
            'take the wide ranges out of trusted_networks in configuration.yaml',
          ),
        ]
      : []),
  ]
}

/** The 400 explained: whom Home Assistant saw, and what is missing. */
function rejectsProxy(desired: Desired, observed: Observed): Finding {
  const [wanted = 'its address'] = wantedProxies(desired, observed)
  const { refusedAs, inside } = observed
  const settings = settingsIn(observed)
  const why =
    settings !== undefined && settings['use_x_forwarded_for'] !== true
      ? 'use_x_forwarded_for is off'
      : `${wanted} is not among its trusted proxies`
  const saw = refusedAs ? `its log says it saw ${refusedAs.text}` : `it sees ${wanted}`
  return finding(
    'home-assistant/rejects-proxy',
    `Home Assistant answers 400 to what comes through the proxy: ${saw}, and ${why}`,
    inside.is === 'known'
      ? 'run `gatehouse apply`'
      : 'set home_assistant.token_file, then run `gatehouse apply`',
  )
}

/** The same, read from its settings: every request of the edge carries the header that it refuses. */
function missingInHomeAssistant(desired: Desired, observed: Observed): Finding[] {
  const settings = settingsIn(observed)
  const wanted = { ...wantedChanges(desired, wantedProxies(desired, observed)), set: {} }
  const missing = settings && missingChanges(settings, wanted)
  if (missing === undefined) return []
  const { length } = missing.proxies
  return [
    finding(
      'home-assistant/rejects-proxy',
      `Home Assistant answers 400 to what comes through Cloudflare: ${length === 0 ? 'use_x_forwarded_for is off' : `${length} ranges of Cloudflare are not among its trusted proxies`}`,
      'run `gatehouse apply`',
    ),
  ]
}

/** What it serves, where TLS ends in it. */
function certificateFindings(desired: Desired, { pair }: Observed, { certificate }: Outside) {
  if (certificate?.isEmergency === true)
    return [
      finding(
        'home-assistant/recovery-mode',
        'Home Assistant serves its emergency certificate: it could not use its own, and is in recovery mode',
        'see that the files in its http settings are there and belong together, then restart it',
      ),
    ]
  if (desired.tls !== 'home-assistant' || pair.is !== 'known' || certificate === undefined)
    return []
  return certificate.fingerprint === pair.value.fingerprint
    ? []
    : [
        finding(
          'home-assistant/restart-due',
          `Home Assistant serves the certificate from before (until ${certificate.notAfter.toISOString().slice(0, 10)}); it takes the new one with a restart`,
          `\`gatehouse run\` restarts it ${describeWindow(desired)}, \`gatehouse apply\` at once`,
        ),
      ]
}
