import { reasonOf } from '../../core/problem.ts'
import type { Call, CloudflareClient } from './client.ts'
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
  /** Where editing is needed and can be tried without changing anything. */
  readonly write?: Write
  readonly edit?: boolean
}

type Write = Required<Pick<Call<unknown>, 'method' | 'body'>> &
  Pick<Call<unknown>, 'path' | 'query'>

/**
 * What the token may do, what it lacks, and what it can do that it should not: by reads, by dry runs,
 * and by a change to a record that cannot exist. Of most probes a refusal is what is expected.
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
  const { status, envelope } = await client.probe('/zones', signal, {
    query: { per_page: '50' },
  })
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
    ...needed.map(({ key, type, why }): Probe => ({
      permission: key,
      why,
      wanted: 'needed',
      path: pathOf(key),
      ...(type === 'edit' ? { edit: true, ...writeFor(zone, key) } : {}),
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

/** What is refused to those who may only read, and changes nothing for those who may write. */
function writeFor(zone: Zone, key: string): { readonly write?: Write } {
  const phase = phases[key]
  if (phase !== undefined) {
    // Were the dry run ignored, a phase without rules would have a list of none.
    const body = { name: 'default', kind: 'zone', phase, rules: [] }
    const path = `/zones/${zone.id}/rulesets`
    return { write: { method: 'POST', path, query: { dry_run: 'true' }, body } }
  }
  if (key !== 'dns') return {}
  const nobody = '0'.repeat(32)
  return { write: { method: 'PATCH', path: `/zones/${zone.id}/dns_records/${nobody}`, body: {} } }
}

async function tryProbe(
  client: CloudflareClient,
  { path, write, edit, ...ability }: Probe,
  signal: AbortSignal,
): Promise<Ability> {
  try {
    const read = verdictOf(await client.probe(path, signal))
    if (read !== 'yes' || edit !== true) return { ...ability, can: read }
    const written = write ? verdictOf(await client.probe(write.path, signal, write)) : 'unknown'
    return written === 'unknown'
      ? { ...ability, can: 'yes', why: `${ability.why} (only reading was seen)` }
      : { ...ability, can: written }
  } catch (error) {
    signal.throwIfAborted()
    return { ...ability, can: 'unknown', why: `${ability.why} (${reasonOf(error)})` }
  }
}

/** Said only to those who may look: a phase without rules (10003), no such record (81044). */
const nothingThere = new Set([10_003, 81_044])

function verdictOf({
  status,
  envelope,
}: Awaited<ReturnType<CloudflareClient['probe']>>): Ability['can'] {
  if (status === 200 && envelope?.success === true) return 'yes'
  if (status === 401 || status === 403) return 'no'
  const codes = codesOf(envelope?.errors ?? [])
  return status === 404 && codes.some((code) => nothingThere.has(code)) ? 'yes' : 'unknown'
}
