import { rangeOf } from '../../core/address.ts'
import { finding, unseen, type Finding } from '../../core/finding.ts'
import { proxiesIn, sameSettings, wantedProxies } from './settings.ts'
import type { Desired, HttpState, Inside, Observed, Outside, Settings } from './types.ts'
import { asSettings, readBlock } from './yaml-edit.ts'

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
    ...(settings === undefined ? [settingsUnseen(inside)] : settingsFindings(desired, settings)),
    ...(inside.is === 'known' ? insideFindings(desired, inside.value) : [coreUnseen]),
  ]
}

function outsideFindings(
  desired: Desired,
  observed: Observed,
  { onboarded, acceptsProxy, believesProxy }: Outside,
): Finding[] {
  if (!onboarded)
    return [
      finding(
        'home-assistant/not-onboarded',
        'Home Assistant has no owner yet: whoever comes first becomes it',
        'create the owner now at home, before anything is published',
      ),
    ]
  // With TLS in Home Assistant it meets the edge, which nobody can play from here.
  if (desired.tls === 'home-assistant') return []
  if (!acceptsProxy) return [rejectsProxy(desired, observed)]
  return believesProxy === false
    ? [
        finding(
          'home-assistant/wrong-client-address',
          'Home Assistant takes a visitor from outside for one at home',
          'the trusted proxies are too wide, or trust addresses of visitors',
        ),
      ]
    : []
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

function insideFindings(desired: Desired, inside: Inside): Finding[] {
  const { externalUrl, recoveryMode, http, repairs } = inside
  return [
    ...(recoveryMode
      ? [
          finding(
            'home-assistant/recovery-mode',
            'Home Assistant is in recovery mode',
            'look at its log and mend what it names',
          ),
        ]
      : []),
    ...(http?.pending ? [pendingFinding(http)] : []),
    ...(repairs.includes('yaml_still_present_after_migration')
      ? [
          finding(
            'home-assistant/yaml-ignored',
            'configuration.yaml still has `http:`, which Home Assistant ignores since 2026.8',
            'take it out of configuration.yaml, so that nobody believes in it',
          ),
        ]
      : []),
    ...(externalUrl === desired.externalUrl
      ? []
      : [
          finding(
            'home-assistant/external-url',
            `the external URL in Home Assistant is ${externalUrl ?? 'not set'}, the public one is ${desired.externalUrl}`,
            'set it in Settings > System > Network',
          ),
        ]),
  ]
}

function pendingFinding({ stable, pending, onTrial }: HttpState): Finding {
  const error = pending?.error
  const spoiled =
    pending !== undefined && !sameSettings(stable, pending.settings) && lostMasks(stable, pending)
  return finding(
    'home-assistant/pending-change',
    onTrial
      ? 'new http settings are on trial in Home Assistant, and end within five minutes unless they are confirmed'
      : `a change of the http settings waits in Home Assistant${error === undefined ? ' for its next start' : ` (${error})`}${spoiled ? `; the migration to 2026.8 took the masks from the trusted proxies in use (${proxiesIn(stable).join(', ')}), and what waits still has them (${proxiesIn(pending.settings).join(', ')})` : ''}`,
    'confirm or discard it in Settings > System > Network',
  )
}

/** The trusted proxies in use are single addresses where the ones that wait are the networks that begin there. */
function lostMasks(
  stable: Settings,
  { settings }: Exclude<HttpState['pending'], undefined>,
): boolean {
  const base = (proxy: string) => proxy.split('/')[0]
  const [now, meant] = [proxiesIn(stable), proxiesIn(settings)]
  return (
    now.length > 0 &&
    now.length === meant.length &&
    now.some((proxy, i) => proxy !== meant[i]) &&
    now.every((proxy, i) => base(proxy) === base(meant[i] ?? ''))
  )
}

/** What is in use: of the store, or (as far as it is to be seen) of YAML. */
function settingsIn({ inside, yaml }: Observed): Settings | undefined {
  if (inside.is === 'known' && inside.value.http) return inside.value.http.stable
  return yaml.is === 'known'
    ? asSettings(readBlock(yaml.value.text, yaml.value.included))
    : undefined
}

function settingsFindings(desired: Desired, settings: Settings): Finding[] {
  const wide = proxiesIn(settings).filter(
    (proxy) => isWide(proxy) && !desired.edgeRanges.includes(proxy),
  )
  const { ip_ban_enabled: bans, login_attempts_threshold: threshold } = settings
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

const settingsUnseen = (inside: Observed['inside']): Finding =>
  unseen(
    'home-assistant/trusts-too-much',
    `the http settings of Home Assistant could not be read${inside.is === 'unknown' ? ` (${inside.because})` : ''}`,
    'before 2026.8 they are in configuration.yaml: look at trusted_proxies there',
  )

const coreUnseen = unseen(
  'home-assistant/recovery-mode',
  'Home Assistant did not say how it runs',
  'set home_assistant.token_file',
)

/** A whole network of possible liars, where one machine is meant. */
function isWide(proxy: string): boolean {
  const range = rangeOf(proxy)
  return range !== undefined && range.bits < (range.family === 'ipv4' ? 30 : 126)
}
