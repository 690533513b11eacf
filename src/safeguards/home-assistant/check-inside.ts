import { finding, type Finding } from '../../core/finding.ts'
import { proxiesIn } from './settings.ts'
import type { Desired, HttpState, Inside } from './types.ts'

/** What Home Assistant says of itself to its administrator. */
export function checkInside(desired: Desired, inside: Inside): Finding[] {
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
    ...(http?.pending ? [pendingFinding(http.stable, http.pending, http.onTrial)] : []),
    ...repairs.map(repairFinding),
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

type Pending = NonNullable<HttpState['pending']>

function pendingFinding(stable: HttpState['stable'], pending: Pending, onTrial: boolean): Finding {
  const hint = 'confirm or discard it in Settings > System > Network'
  const code = 'home-assistant/pending-change'
  if (onTrial)
    return finding(
      code,
      'new http settings are on trial in Home Assistant, and end within five minutes unless they are confirmed',
      hint,
    )
  const because = pending.because === undefined ? '' : `: ${pending.because}`
  const how = pending.error === undefined ? ' for its next start' : ` (${pending.error}${because})`
  const masks = lostMasks(stable, pending)
    ? `; the migration to 2026.8 took the masks from the trusted proxies in use (${proxiesIn(stable).join(', ')}), and what waits still has them (${proxiesIn(pending.settings).join(', ')})`
    : ''
  return finding(code, `a change of the http settings waits in Home Assistant${how}${masks}`, hint)
}

/** The trusted proxies in use are single addresses where the ones that wait are the networks that begin there. */
function lostMasks(stable: HttpState['stable'], { settings }: Pending): boolean {
  const base = (proxy: string) => proxy.split('/')[0]
  const [now, meant] = [proxiesIn(stable), proxiesIn(settings)]
  return (
    now.length > 0 &&
    now.length === meant.length &&
    now.some((proxy, i) => proxy !== meant[i]) &&
    now.every((proxy, i) => base(proxy) === base(meant[i] ?? ''))
  )
}

/** The repairs of http that Home Assistant 2026.8 to 2026.11 asks for (http/strings.json). */
const repairs: Readonly<Record<string, string>> = {
  deprecated_yaml: 'it took over `http:` from configuration.yaml, and ignores it from now on',
  deprecated_yaml_import_error: 'it could not take over `http:` from configuration.yaml',
  ssl_configured_without_configured_urls: 'it serves TLS and knows no URL of its own',
  ssl_profile_outdated: 'its TLS profile is an old one',
  server_host_deprecated_hassio: 'server_host is set, which it does not want on Home Assistant OS',
}

function repairFinding(id: string): Finding {
  if (id === 'yaml_still_present_after_migration')
    return finding(
      'home-assistant/yaml-ignored',
      'configuration.yaml still has `http:`, which Home Assistant ignores since 2026.8',
      'take it out of configuration.yaml, so that nobody believes in it',
    )
  return finding(
    'home-assistant/repair',
    `Home Assistant asks for a repair of its http settings: ${repairs[id] ?? id}`,
    'see Settings > System > Repairs',
  )
}
