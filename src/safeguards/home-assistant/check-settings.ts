import { addressOf, isPrivate, rangeOf } from '../../core/address.ts'
import { finding, unseen, type Finding } from '../../core/finding.ts'
import { formerIn, proxiesIn } from './settings.ts'
import type { Desired, Observed, Settings } from './types.ts'

/** What the http settings say about whom Home Assistant believes, and what it does to those who guess. */
export function checkSettings(
  { edgeRanges, formerRanges, proxy }: Desired,
  settings: Settings,
): Finding[] {
  const wished = new Set([...edgeRanges, proxy?.text])
  const former = formerIn(settings, formerRanges)
  const wide = proxiesIn(settings).filter(
    (each) => isWide(each) && !wished.has(each) && !former.includes(each),
  )
  const { ip_ban_enabled: bans, login_attempts_threshold: threshold } = settings
  return [
    ...(wide.length > 0
      ? [
          finding(
            'home-assistant/trusts-too-much',
            `Home Assistant believes whatever ${wide.map(describe).join(', ')} says about the visitor`,
            'trust single addresses only (Settings > System > Network > HTTP server)',
          ),
        ]
      : []),
    ...(former.length > 0
      ? [
          finding(
            'home-assistant/trusts-too-much',
            `Home Assistant believes whatever ${former.join(', ')} says about the visitor, which Cloudflare does not use any more`,
            '`gatehouse run` takes it out where the settings are in the store (2026.8 and later); before that, take it out of trusted_proxies in configuration.yaml',
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

export const settingsUnseen = (inside: Observed['inside']): Finding =>
  unseen(
    'home-assistant/trusts-too-much',
    `the http settings of Home Assistant could not be read${inside.is === 'unknown' ? ` (${inside.because})` : ''}`,
    'before 2026.8 they are in configuration.yaml: look at trusted_proxies there',
  )

/** A whole network of possible liars, where one machine is meant. */
function isWide(proxy: string): boolean {
  const range = rangeOf(proxy)
  return range !== undefined && range.bits < (range.family === 'ipv4' ? 30 : 126)
}

/** Docker's own, and those of Home Assistant's apps: what people add to be rid of the 400. */
const containers = /^172\.(?:1[7-9]|2\d|3[01])\./

function describe(proxy: string): string {
  const base = addressOf(proxy.split('/')[0] ?? '')
  if (base === undefined || !isPrivate(base)) return proxy
  return `${proxy} (${containers.test(base.text) ? 'a network of containers' : 'the network at home'})`
}
