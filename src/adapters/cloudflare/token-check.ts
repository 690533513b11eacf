import { reasonOf } from '../../core/problem.ts'
import type { CloudflareClient } from './client.ts'
import { codesOf } from './envelope.ts'
import type { TokenPermission } from './token-url.ts'
import type { Zone } from './zones.ts'

/** What one probe said. `unknown`: the answer allows no conclusion. */
export type Ability = {
  /** In the words of Cloudflare's token page. */
  readonly permission: string
  readonly can: 'yes' | 'no' | 'unknown'
  readonly wanted: 'needed' | 'too much'
  readonly why: string
}

export type TokenReport = {
  readonly kind: 'user' | 'account' | 'unknown'
  readonly status: 'active' | 'disabled' | 'expired' | 'unknown'
  readonly abilities: readonly Ability[]
  /** Zones besides the home's that the token reaches; `undefined` when that could not be seen. */
  readonly otherZones: readonly string[] | undefined
}

type Probe = Omit<Ability, 'can'> & {
  readonly path: string
  readonly query?: Record<string, string>
}

/**
 * What the token may do, what it lacks, and what it can do that it should not: by reads alone. A
 * refused read is what is expected of most of them.
 */
export async function checkToken(
  client: CloudflareClient,
  zone: Zone,
  needed: readonly TokenPermission[],
  signal: AbortSignal,
): Promise<TokenReport> {
  const [identity, otherZones, ...abilities] = await Promise.all([
    identify(client, zone, signal),
    reachableZones(client, zone, signal),
    ...probesFor(zone, needed).map((probe) => tryProbe(client, probe, signal)),
  ])
  return { ...identity, otherZones, abilities }
}

/** The verify endpoint of the one kind refuses tokens of the other. */
async function identify(
  client: CloudflareClient,
  zone: Zone,
  signal: AbortSignal,
): Promise<Pick<TokenReport, 'kind' | 'status'>> {
  const kinds = [
    ['user', '/user/tokens/verify'],
    ['account', `/accounts/${zone.account.id}/tokens/verify`],
  ] as const
  for (const [kind, path] of kinds) {
    const { status, envelope } = await client.probe(path, signal)
    if (status !== 200 || envelope?.success !== true) continue
    return { kind, status: statusIn(envelope.result) }
  }
  return { kind: 'unknown', status: 'unknown' }
}

function statusIn(result: unknown): TokenReport['status'] {
  const status =
    typeof result === 'object' && result !== null && 'status' in result ? result.status : undefined
  return status === 'active' || status === 'disabled' || status === 'expired' ? status : 'unknown'
}

async function reachableZones(
  client: CloudflareClient,
  zone: Zone,
  signal: AbortSignal,
): Promise<string[] | undefined> {
  const { status, envelope } = await client.probe('/zones', signal, { per_page: '50' })
  if (status !== 200 || envelope?.success !== true || !Array.isArray(envelope.result))
    return undefined
  const names: unknown[] = envelope.result.map((each: unknown) =>
    typeof each === 'object' && each !== null && 'name' in each ? each.name : undefined,
  )
  return names.filter((name) => typeof name === 'string' && name !== zone.name).map(String)
}

const phases: Readonly<Record<string, string>> = {
  config_settings: 'http_config_settings',
  zone_waf: 'http_request_firewall_custom',
  cache_settings: 'http_request_cache_settings',
  dynamic_url_redirects: 'http_request_dynamic_redirect',
}

function probesFor(zone: Zone, needed: readonly TokenPermission[]): Probe[] {
  const pathOf = (key: string): string => {
    const phase = phases[key]
    if (phase !== undefined) return `/zones/${zone.id}/rulesets/phases/${phase}/entrypoint`
    if (key === 'dns') return `/zones/${zone.id}/dns_records`
    if (key === 'zone_settings') return `/zones/${zone.id}/settings/ssl`
    if (key === 'ssl_and_certificates')
      return `/zones/${zone.id}/origin_tls_client_auth/hostnames/certificates`
    if (key === 'bot_management') return `/zones/${zone.id}/bot_management`
    return `/zones/${zone.id}`
  }
  return [
    ...needed.map(({ key, why }): Probe => ({
      permission: key,
      why,
      wanted: 'needed',
      path: pathOf(key),
    })),
    { permission: 'user_details', why: 'reads who you are', wanted: 'too much', path: '/user' },
    {
      permission: 'api_tokens',
      why: 'reads your tokens, perhaps makes new ones',
      wanted: 'too much',
      path: '/user/tokens',
    },
    {
      permission: 'account_api_tokens',
      why: 'reads the tokens of the account',
      wanted: 'too much',
      path: `/accounts/${zone.account.id}/tokens`,
    },
    {
      permission: 'account_settings',
      why: 'reads the members of the account',
      wanted: 'too much',
      path: `/accounts/${zone.account.id}/members`,
    },
    {
      permission: 'workers_scripts',
      why: 'reads and perhaps runs programs in your account',
      wanted: 'too much',
      path: `/accounts/${zone.account.id}/workers/scripts`,
    },
    {
      permission: 'argotunnel',
      why: 'reaches the tunnels of the account',
      wanted: 'too much',
      path: `/accounts/${zone.account.id}/cfd_tunnel`,
    },
  ]
}

async function tryProbe(
  client: CloudflareClient,
  { path, query, ...ability }: Probe,
  signal: AbortSignal,
): Promise<Ability> {
  try {
    const { status, envelope } = await client.probe(path, signal, query)
    // A phase without rules answers 404 (10003), and only to those who may look.
    const empty = status === 404 && codesOf(envelope?.errors ?? []).includes(10_003)
    const can =
      (status === 200 && envelope?.success === true) || empty
        ? 'yes'
        : status === 401 || status === 403
          ? 'no'
          : 'unknown'
    return { ...ability, can }
  } catch (error) {
    signal.throwIfAborted()
    return { ...ability, can: 'unknown', why: `${ability.why} (${reasonOf(error)})` }
  }
}
