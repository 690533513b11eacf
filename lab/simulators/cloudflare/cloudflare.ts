import { randomBytes } from 'node:crypto'

import type { Authority, Pair } from '../pki.ts'
import { startApi, type ApiServer } from './api/server.ts'
import { sayAuthoritatively } from './dns/zone-data.ts'
import { recursively } from './dns/resolver.ts'
import { startNameServer, type NameServer, type Said } from './dns/server.ts'
import { startEdge, type Edge } from './edge/edge.ts'
import {
  emptyState,
  newId,
  newZone,
  type Account,
  type DnsRecord,
  type Scope,
  type State,
  type Token,
  type Zone,
} from './state.ts'

export type CloudflareOptions = {
  readonly apiHost?: string
  readonly apiPort?: number
  /** Where its name servers listen: `ns1`, `ns2`, … of every zone. Port 0 takes a free one. */
  readonly nameServers?: readonly { readonly host: string; readonly port: number }[]
  /** A recursive resolver of the same world; knows whoami too. */
  readonly resolver?: { readonly host: string; readonly port: number }
  readonly ranges?: { readonly ipv4: readonly string[]; readonly ipv6: readonly string[] }
  readonly edge?: {
    readonly ipv4: readonly string[]
    readonly ipv6: readonly string[]
    readonly httpsPorts: readonly number[]
    readonly httpPorts: readonly number[]
    readonly egress: { readonly ipv4?: string; readonly ipv6?: string }
    readonly trust: readonly string[]
  }
  readonly publicAuthority?: Authority
  readonly sharedPulls?: Pair
  /** How long certificates and associations take to reach the edge. */
  readonly deployMs?: number
  readonly now?: () => Date
}

export type Cloudflare = {
  readonly state: State
  readonly api: ApiServer
  readonly baseUrl: string
  readonly nameServers: readonly NameServer[]
  readonly resolver: NameServer | undefined
  readonly edge: Edge | undefined
  account(name: string): Account
  zone(name: string, account: Account): Zone
  token(
    account: Account,
    scopes: readonly Scope[],
    more?: Partial<Pick<Token, 'kind' | 'zones' | 'status'>>,
  ): Token
  /** How far behind the API a name server is, in ms. */
  lag(nameServer: number, ms: number): void
  /** Its name servers answer with SERVFAIL. */
  confuse(is: boolean): void
  /** Names outside the zones that the resolver knows (name servers, say). */
  readonly hosts: Map<string, string>
  close(): Promise<void>
}

/** Everything of Cloudflare that a home meets, on loopback or in a namespace. See README.md. */
export async function startCloudflare(options: CloudflareOptions = {}): Promise<Cloudflare> {
  const now = options.now ?? (() => new Date())
  const state = emptyState()
  state.ranges.ipv4 = [...(options.ranges?.ipv4 ?? [])]
  state.ranges.ipv6 = [...(options.ranges?.ipv6 ?? [])]
  const api = await startApi(state, {
    host: options.apiHost ?? '127.0.0.1',
    port: options.apiPort ?? 0,
    pace: { deployMs: options.deployMs ?? 0 },
    now,
  })

  const edgeAddresses = { ipv4: options.edge?.ipv4 ?? [], ipv6: options.edge?.ipv6 ?? [] }
  const lags = new Map<number, number>()
  let confused = false
  const failing: Said = { answers: [], authoritative: false, code: 'SERVFAIL' }
  const hosts = new Map<string, string>()
  const lagging = laggingRecords(state)
  const nameServers = await Promise.all(
    (options.nameServers ?? []).map(({ host, port }, i) =>
      startNameServer(host, port, (name, type) =>
        confused
          ? failing
          : sayAuthoritatively(
              state,
              edgeAddresses,
              (zone) => lagging(zone, lags.get(i) ?? 0),
              name,
              type,
            ),
      ),
    ),
  )
  const resolver =
    options.resolver &&
    (await startNameServer(
      options.resolver.host,
      options.resolver.port,
      recursively(state, edgeAddresses, hosts, now),
    ))
  const edge =
    options.edge && options.publicAuthority && options.sharedPulls
      ? await startEdge(state, {
          ...options.edge,
          addresses: [...options.edge.ipv4, ...options.edge.ipv6],
          publicAuthority: options.publicAuthority,
          sharedPulls: options.sharedPulls,
        })
      : undefined

  return {
    state,
    api,
    baseUrl: api.baseUrl,
    nameServers,
    resolver,
    edge,
    hosts,
    account(name) {
      const account = { id: newId(), name }
      state.accounts.push(account)
      return account
    },
    zone(name, account) {
      const names = nameServers.map((server, i) => {
        const nsName = `ns${i + 1}.lab.example`
        hosts.set(nsName, server.host)
        return nsName
      })
      const zone = newZone(name, account, names)
      state.zones.push(zone)
      return zone
    },
    token(account, scopes, more = {}) {
      const kind = more.kind ?? 'user'
      const value = `${kind === 'user' ? 'cfut_' : 'cfat_'}${randomBytes(24).toString('hex')}`
      const token: Token = {
        id: newId(),
        value,
        kind,
        account,
        scopes: [...scopes],
        zones: more.zones ?? 'all',
        status: more.status ?? 'active',
      }
      state.tokens.push(token)
      return token
    },
    lag: (nameServer, ms) => void lags.set(nameServer, ms),
    confuse(is) {
      confused = is
    },
    async close() {
      await Promise.all([
        api.close(),
        edge?.close(),
        resolver?.close(),
        ...nameServers.map((server) => server.close()),
      ])
    },
  }
}

/** The records as they were `ms` ago, from what was seen of them at each question and at each write. */
function laggingRecords(state: State) {
  const seen = new Map<Zone, { at: number; records: readonly DnsRecord[] }[]>()
  const note = (zone: Zone) => {
    const known = seen.get(zone) ?? [{ at: 0, records: [] }]
    seen.set(zone, known)
    const last = known.at(-1)
    if (JSON.stringify(last?.records) !== JSON.stringify(zone.records)) {
      known.push({ at: Date.now(), records: zone.records.map((record) => ({ ...record })) })
    }
    return known
  }
  const watcher = setInterval(() => state.zones.forEach(note), 20)
  watcher.unref()
  return (zone: Zone, lag: number): readonly DnsRecord[] => {
    if (lag === 0) return zone.records
    const known = note(zone)
    return known.findLast(({ at }) => at <= Date.now() - lag)?.records ?? []
  }
}
