import { setTimeout as sleep } from 'node:timers/promises'

import { startAuthority } from '../../simulators/acme/authority.ts'
import { startApi, type LoggedCall } from '../../simulators/cloudflare/api/server.ts'
import { startCloudflare } from '../../simulators/cloudflare/cloudflare.ts'
import { newId, type Zone } from '../../simulators/cloudflare/state.ts'
import { makeAuthority } from '../../simulators/pki.ts'
import { perform, type Deeds } from '../actor.ts'
import { addresses } from '../addresses.ts'

// Cloudflare and the certificate authority, in the namespace `edge`: run by startActor, with the zone's name as setup.

const { edge } = addresses

const cloud = async (zoneName: string) => {
  const nameServers = edge.nameServers.map((host) => ({ host, port: 53 }))
  const authority = await startAuthority({ host: edge.authority, port: 80, nameServers })
  const web = await makeAuthority('what browsers trust in this world')
  const shared = await makeAuthority('origin pulls of all customers')
  const cloudflare = await startCloudflare({
    apiHost: edge.api,
    apiPort: 80,
    nameServers,
    resolver: { host: edge.resolver, port: 53 },
    ranges: { ipv4: [...edge.ranges.ipv4], ipv6: [...edge.ranges.ipv6] },
    edge: {
      ipv4: [edge.ipv4],
      ipv6: [edge.ipv6],
      httpsPorts: [443],
      httpPorts: [80],
      egress: edge.egress,
      trust: [authority.rootPem],
    },
    publicAuthority: web,
    sharedPulls: await shared.issue({ names: ['shared.pulls.example'], clientAuth: true }),
  })
  // Where everybody else looks for it, over TLS as they do.
  const tls = await web.issue({ names: ['api.cloudflare.com'] })
  const apis = await Promise.all(
    [edge.api, edge.apiIpv6].map((host) =>
      startApi(cloudflare.state, {
        host,
        port: 443,
        tls,
        pace: { deployMs: 0 },
        now: () => new Date(),
      }),
    ),
  )
  const account = cloudflare.account('the house')
  const zone = cloudflare.zone(zoneName, account)
  /** Which writes of records were asked for. */
  const written = new Set<string>()
  const { value: token } = cloudflare.token(account, [
    ...(['zone:read', 'dns:edit', 'zone_settings:edit', 'config_settings:edit'] as const),
    ...(['zone_waf:edit', 'ssl_and_certificates:edit', 'bot_management:edit'] as const),
    ...(['cache_settings:edit', 'dynamic_url_redirects:edit'] as const),
  ])

  return {
    facts: () => ({
      baseUrl: cloudflare.baseUrl,
      directoryUrl: authority.directoryUrl,
      authorityRoot: authority.rootPem,
      webRoot: web.certificatePem,
      token,
    }),
    /** What the zone says now: `TYPE name content proxied`. */
    records: () => said(zone),
    /** True when a record of the zone ever gave one of these addresses without the proxy. */
    everExposed: (...contents: string[]) =>
      zone.history.some((records) =>
        records.some(({ proxied, content }) => !proxied && contents.includes(content)),
      ),
    setRecord(type: string, name: string, content: string) {
      zone.records = [
        ...zone.records.filter((record) => record.name !== name || record.type !== type),
        proxied(type, name, content),
      ]
    },
    removeRecord(type: string, name: string) {
      zone.records = zone.records.filter((record) => record.name !== name || record.type !== type)
    },
    setSetting(name: string, value: string) {
      zone.settings.set(name, { value, editable: true })
    },
    /** Another customer, whose names lead to the same home: nobody at Cloudflare asks whether it is theirs. */
    tenant(name: string, ...contents: string[]) {
      const theirs = cloudflare.zone(name, cloudflare.account('somebody else'))
      theirs.records = contents.map((content) =>
        proxied(content.includes(':') ? 'AAAA' : 'A', name, content),
      )
      // Whatever makes it easiest for them.
      theirs.settings.set('ssl', { value: 'full', editable: true })
      theirs.settings.set('tls_client_auth', { value: 'on', editable: true })
    },
    /** Signed by the authority for the zone, as Gatehouse would have it done; for tests of the network alone. */
    usePulls(hostname: string, certificatePem: string, keyPem: string) {
      const certificate = {
        certificate: certificatePem,
        privateKey: keyPem,
        serial: newId(),
        uploadedAt: 0,
      }
      const id = newId()
      zone.pulls.certificates.push({ id, ...certificate, expiresOn: '2036-01-01T00:00:00Z' })
      zone.pulls.associations.set(hostname, { certificateId: id, enabled: true, since: 0 })
    },
    /** What the views from outside say instead of the truth; without arguments the truth again. */
    outside(says: { trace?: string; whoami?: string } = {}) {
      cloudflare.state.outside = says
    },
    /** When the API first had this content in a record of the name, in ms of the epoch; `undefined`: not within `ms`. */
    async recordBecame(type: string, name: string, content: string, ms: number) {
      const has = () =>
        zone.records.some(
          (record) => record.type === type && record.name === name && record.content === content,
        )
      for (const until = Date.now() + ms; Date.now() < until && !has();) await sleep(1)
      return has() ? lastWrite(apis.flatMap(({ log }) => log)) : undefined
    },
    /** What was written into records of this name and type since the last call, in order; writes to others are not among it. */
    contents(type: string, name: string) {
      const contents: string[] = []
      for (const record of zone.history.splice(0).flat()) {
        const write = `${record.id} ${record.modifiedOn}`
        if (record.type !== type || record.name !== name || written.has(write)) continue
        written.add(write)
        contents.push(record.content)
      }
      return contents
    },
    /** Calls that the API had since the last time somebody asked. */
    calls: () => apis.flatMap(({ log }) => log.splice(0)).length,
    /** What visitors asked of the edge and what they got. */
    requests: () => cloudflare.edge?.requests ?? [],
  } satisfies Deeds
}

export type Cloud = Awaited<ReturnType<typeof cloud>>

const lastWrite = (log: readonly LoggedCall[]): number =>
  Math.max(...log.filter(({ method }) => method !== 'GET').map(({ at }) => at))

const said = (zone: Zone): string[] =>
  zone.records.map(
    ({ type, name, content, proxied }) =>
      `${type} ${name} ${content} ${proxied ? 'proxied' : 'open'}`,
  )

const proxied = (type: string, name: string, content: string) => ({
  id: newId(),
  type,
  name,
  content,
  proxied: true,
  ttl: 1,
  comment: null,
  createdOn: '2026-11-01T00:00:00Z',
  modifiedOn: '2026-11-01T00:00:00Z',
})

if (process.send) await perform((setup) => cloud(JSON.parse(setup) as string))
