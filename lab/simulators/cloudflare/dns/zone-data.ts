import { isIPv6 } from 'node:net'

import type { Answer } from 'dns-packet'

import { unquoted } from '../api/dns-records.ts'
import type { DnsRecord, State, Zone } from '../state.ts'
import type { Said } from './server.ts'

/** What Cloudflare's name servers answer for the zones of the state: proxied names as edge addresses. */
export function sayAuthoritatively(
  state: State,
  edge: { readonly ipv4: readonly string[]; readonly ipv6: readonly string[] },
  recordsOf: (zone: Zone) => readonly DnsRecord[],
  name: string,
  type: string,
): Said {
  const zone = state.zones.find((each) => name === each.name || name.endsWith(`.${each.name}`))
  if (!zone) return { answers: [], authoritative: false, code: 'REFUSED' }
  const soa = soaOf(zone)
  if (name === zone.name && type === 'SOA')
    return { answers: [soa], authoritative: true, code: 'NOERROR' }
  if (name === zone.name && type === 'NS') {
    const answers = zone.nameServers.map((data): Answer => ({
      type: 'NS',
      name,
      ttl: 86_400,
      data,
    }))
    return { answers, authoritative: true, code: 'NOERROR' }
  }
  const here = recordsOf(zone).filter((record) => record.name === name)
  if (here.length === 0) {
    const below = recordsOf(zone).some((record) => record.name.endsWith(`.${name}`))
    return {
      answers: [],
      authorities: [soa],
      authoritative: true,
      code: below || name === zone.name ? 'NOERROR' : 'NXDOMAIN',
    }
  }
  const answers = answersOf(here, zone, edge, name, type)
  return {
    answers,
    ...(answers.length === 0 ? { authorities: [soa] } : {}),
    authoritative: true,
    code: 'NOERROR',
  }
}

function answersOf(
  here: readonly DnsRecord[],
  zone: Zone,
  edge: { readonly ipv4: readonly string[]; readonly ipv6: readonly string[] },
  name: string,
  type: string,
): Answer[] {
  // A zone that is paused, or not active yet, is plain DNS: the home address is what it answers.
  const proxies = zone.status === 'active' && !zone.paused
  if (proxies && here.some((record) => record.proxied) && (type === 'A' || type === 'AAAA')) {
    const addresses = type === 'A' ? edge.ipv4 : edge.ipv6
    return addresses.map((data): Answer => ({ type, name, ttl: 300, data }))
  }
  const cname = here.find((record) => record.type === 'CNAME')
  if (cname && type !== 'CNAME') return [{ type: 'CNAME', name, ttl: 300, data: cname.content }]
  return here.filter((record) => record.type === type).flatMap((record) => answerOf(record))
}

function answerOf(record: DnsRecord): Answer[] {
  const { name, content } = record
  const ttl = record.ttl === 1 ? 300 : record.ttl
  switch (record.type) {
    case 'A':
      return [{ type: 'A', name, ttl, data: content }]
    case 'AAAA':
      return isIPv6(content) ? [{ type: 'AAAA', name, ttl, data: content }] : []
    case 'CNAME':
      return [{ type: 'CNAME', name, ttl, data: content }]
    case 'TXT':
      return [{ type: 'TXT', name, ttl, data: [unquoted(content)] }]
    case 'CAA': {
      const [flags = '0', tag = 'issue', value = ''] = content.split(' ')
      const data = { flags: Number(flags), tag: tag as 'issue', value: unquoted(value) }
      return [{ type: 'CAA', name, ttl, data }]
    }
    case 'MX':
      return [
        { type: 'MX', name, ttl, data: { preference: record.priority ?? 10, exchange: content } },
      ]
    default:
      return []
  }
}

const soaOf = (zone: Zone): Answer => ({
  type: 'SOA',
  name: zone.name,
  ttl: 1800,
  data: {
    mname: zone.nameServers[0] ?? 'ns.invalid',
    rname: 'dns.cloudflare.com',
    serial: 1,
    refresh: 10_000,
    retry: 2400,
    expire: 604_800,
    minimum: 1800,
  },
})
