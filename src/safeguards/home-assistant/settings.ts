import { isDeepStrictEqual } from 'node:util'

import { addressOf, rangeOf, within } from '../../core/address.ts'
import type { BlockChanges, Desired, Expects, Observed, Settings } from './types.ts'

export const proxiesIn = (settings: Settings): string[] => {
  const { trusted_proxies: proxies } = settings
  return Array.isArray(proxies) ? proxies.map(String) : []
}

/**
 * The proxies that Home Assistant has to trust: us, or the edge where it is the edge that it meets. Where it sees us from is
 * what the owner said; else what its own log said when it refused us; else our side of the connection.
 */
export function wantedProxies(desired: Desired, { outside, refusedAs }: Observed): string[] {
  if (desired.tls === 'home-assistant') return [...desired.edgeRanges]
  const found = refusedAs ?? (outside.is === 'known' ? outside.value.seesUsAs : undefined)
  const proxy = desired.proxy ?? (found && rangeOf(found.text))
  return proxy === undefined ? [] : [proxy.text]
}

export const nobodyKnowsWhere =
  'Home Assistant is left as it is: the address from which it sees Gatehouse could not be found; set home_assistant.sees_gatehouse_as'

export const expectsOf = ({ tls }: Desired): Expects =>
  tls === 'gateway' ? 'proxy' : 'certificate'

/** What has to be in the settings: whom to trust, and with TLS in Home Assistant the pair. */
export const wantedChanges = (desired: Desired, proxies: readonly string[]): BlockChanges => ({
  proxies,
  gone: desired.formerRanges.filter((range) => !proxies.includes(range)),
  set:
    desired.files === undefined
      ? {}
      : { ssl_certificate: desired.files.certificate, ssl_key: desired.files.key },
})

/** Of these the ones that are not there; `undefined`: all there. */
export function missingChanges(
  settings: Settings,
  { proxies, set, gone = [] }: BlockChanges,
): BlockChanges | undefined {
  const still = formerIn(settings, gone)
  const missing = proxies.filter(
    (proxy) => !proxiesIn(settings).some((range) => covers(range, proxy)),
  )
  const differing = Object.entries(set).filter(([key, value]) => settings[key] !== value)
  const asWished =
    missing.length + differing.length + still.length === 0 &&
    settings['use_x_forwarded_for'] === true
  return asWished
    ? undefined
    : { proxies: missing, set: Object.fromEntries(differing), gone: still }
}

/** The settings with what is missing; everything else of the owner's stays. */
export const changedSettings = (
  stable: Settings,
  { proxies, set, gone = [] }: BlockChanges,
): Settings => ({
  ...stable,
  use_x_forwarded_for: true,
  trusted_proxies: [...proxiesIn(stable).filter((each) => !gone.includes(each)), ...proxies],
  ...set,
})

/** Those of the edge's former ranges that Home Assistant still trusts. */
export const formerIn = (settings: Settings, former: readonly string[]): string[] =>
  proxiesIn(settings).filter((each) => former.includes(each))

function covers(range: string, proxy: string): boolean {
  const outer = rangeOf(range)
  const inner = rangeOf(proxy)
  const base = addressOf(proxy.split('/')[0] ?? '')
  return (
    outer !== undefined &&
    inner !== undefined &&
    base !== undefined &&
    outer.bits <= inner.bits &&
    within(base, outer)
  )
}

/** Absent, null and empty mean the same to Home Assistant; the order of keys means nothing. */
export const sameSettings = (a: Settings, b: Settings): boolean =>
  isDeepStrictEqual(cleaned(a), cleaned(b))

const cleaned = (settings: Settings): Settings =>
  Object.fromEntries(
    Object.entries(settings).filter(
      ([, value]) =>
        value !== undefined && value !== null && !(Array.isArray(value) && value.length === 0),
    ),
  )
