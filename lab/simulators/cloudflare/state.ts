import { randomBytes } from 'node:crypto'

/** What the pretended Cloudflare holds. Plain data: tests look at it and change it. */
export type State = {
  accounts: Account[]
  zones: Zone[]
  tokens: Token[]
  ranges: { ipv4: string[]; ipv6: string[]; etag: string }
  /** What /cdn-cgi/trace answers as the caller's address, per family. */
  callerAddress: { ipv4?: string; ipv6?: string }
  /** What the two views from outside say instead, each by itself: an address, a hang-up, or nothing. */
  outside: { trace?: string; whoami?: string }
  /** As whom the edge sees a visitor who comes from a loopback address: their public one. */
  visitors: Map<string, string>
  /** Two-letter country of a visitor, by address; `XX` where nothing is said. */
  countries: Map<string, string>
}

export type Account = { readonly id: string; readonly name: string }

export type Zone = {
  readonly id: string
  readonly name: string
  readonly account: Account
  status: 'initializing' | 'pending' | 'active' | 'moved'
  paused: boolean
  type: 'full' | 'partial'
  nameServers: string[]
  recordQuota: number
  records: DnsRecord[]
  settings: Map<string, { value: unknown; editable: boolean }>
  rulesets: Map<string, Ruleset>
  botManagement: { fight_mode: boolean; enable_js: boolean }
  pulls: {
    certificates: PullsCertificate[]
    associations: Map<string, { certificateId: string; enabled: boolean | null; since: number }>
    zoneEnabled: boolean
  }
  /** Every state the records were in, for laws about all moments: pushed at each write. */
  history: DnsRecord[][]
}

export type DnsRecord = {
  readonly id: string
  type: string
  name: string
  content: string
  proxied: boolean
  ttl: number
  comment: string | null
  priority?: number
  createdOn: string
  modifiedOn: string
}

export type Rule = {
  id: string
  ref: string
  version: string
  expression: string
  action: string
  action_parameters?: unknown
  ratelimit?: unknown
  description: string
  enabled: boolean
  last_updated: string
}

export type Ruleset = { id: string; phase: string; version: number; rules: Rule[] }

export type PullsCertificate = {
  readonly id: string
  readonly certificate: string
  readonly privateKey: string
  readonly expiresOn: string
  readonly serial: string
  readonly uploadedAt: number
}

/** `dns:edit` and the like: the part before the colon is a permission group, `edit` includes `read`. */
export type Scope = `${string}:${'read' | 'edit'}`

export type Token = {
  readonly id: string
  readonly value: string
  readonly kind: 'user' | 'account'
  readonly account: Account
  scopes: Scope[]
  /** Zone ids, or `all`. */
  zones: string[] | 'all'
  status: 'active' | 'disabled' | 'expired'
}

export const newId = (): string => randomBytes(16).toString('hex')

export function emptyState(): State {
  return {
    accounts: [],
    zones: [],
    tokens: [],
    ranges: { ipv4: [], ipv6: [], etag: 'lab-1' },
    callerAddress: {},
    outside: {},
    visitors: new Map(),
    countries: new Map(),
  }
}

/** A Free zone as it is born (docs of November 2026): SSL full, TLS 1.0 allowed, WebSockets on. */
export function newZone(name: string, account: Account, nameServers: string[]): Zone {
  const settings: Record<string, unknown> = {
    ssl: 'full',
    ssl_automatic_mode: 'auto',
    always_use_https: 'off',
    min_tls_version: '1.0',
    tls_1_3: 'on',
    websockets: 'on',
    tls_client_auth: 'off',
    automatic_https_rewrites: 'on',
    opportunistic_encryption: 'on',
    '0rtt': 'off',
    browser_check: 'on',
    rocket_loader: 'off',
    email_obfuscation: 'on',
    security_level: 'medium',
    pseudo_ipv4: 'off',
    development_mode: 'off',
    http3: 'on',
    ipv6: 'on',
  }
  return {
    id: newId(),
    name,
    account,
    status: 'active',
    paused: false,
    type: 'full',
    nameServers,
    recordQuota: 200,
    records: [],
    settings: new Map(
      Object.entries(settings).map(([id, value]) => [id, { value, editable: true }]),
    ),
    rulesets: new Map(),
    botManagement: { fight_mode: false, enable_js: false },
    pulls: { certificates: [], associations: new Map(), zoneEnabled: false },
    history: [],
  }
}
