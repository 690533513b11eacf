import { isIPv4, isIPv6 } from 'node:net'

import { newId, type DnsRecord, type Zone } from '../state.ts'
import { notFound, ok, page, refuse, type Reply } from './reply.ts'

type Body = Readonly<Record<string, unknown>>
type Call = {
  readonly method: string
  readonly rest: readonly string[]
  readonly query: URLSearchParams
  readonly body: Body
  readonly now: Date
}

/** `/zones/{z}/dns_records…` */
export function dnsRecords(zone: Zone, call: Call): Reply {
  const [id] = call.rest
  const reply = route(zone, id, call)
  if (call.method !== 'GET') zone.history.push(zone.records.map((record) => ({ ...record })))
  return reply
}

function route(zone: Zone, id: string | undefined, call: Call): Reply {
  const { method, query, body, now } = call
  if (id === undefined && method === 'GET')
    return page(
      filtered(zone.records, query).map((r) => shown(r, zone)),
      query,
      100,
    )
  if (id === undefined && method === 'POST') return create(zone, body, now)
  if (id === 'usage')
    return ok({ record_quota: zone.recordQuota, record_usage: zone.records.length })
  if (id === 'export') return { status: 200, body: zone.records.map(bindLine).join('\n') }
  if (id === 'batch' && method === 'POST') return batch(zone, body, now)
  const record = zone.records.find((each) => each.id === id)
  if (!record) return refuse(404, { code: 81044, message: 'Record does not exist.' })
  switch (method) {
    case 'GET':
      return ok(shown(record, zone))
    case 'PATCH':
      return change(zone, record, { ...record, ...body }, body, now)
    case 'PUT':
      // The trap of the API: what a PUT does not say falls back to its default, `proxied` to false.
      return change(zone, record, { proxied: false, ttl: 1, comment: null, ...body }, body, now)
    case 'DELETE':
      zone.records = zone.records.filter((each) => each !== record)
      return ok({ id: record.id })
    default:
      return notFound(`dns_records/${id}`)
  }
}

function create(zone: Zone, body: Body, now: Date): Reply {
  const wanted = recordOf(zone, body, now)
  if (!('id' in wanted)) return wanted
  const complaint = conflict(zone, wanted)
  if (complaint) return complaint
  if (zone.records.length >= zone.recordQuota) {
    return refuse(400, { code: 81045, message: 'Record quota exceeded.' })
  }
  zone.records.push(wanted)
  return ok(shown(wanted, zone))
}

function change(zone: Zone, record: DnsRecord, merged: Body, given: Body, now: Date): Reply {
  if (given['type'] !== undefined && given['type'] !== record.type) {
    return refuse(400, {
      code: 1004,
      message: 'DNS Validation Error',
      error_chain: [{ code: 9999, message: 'The type of a record cannot be changed.' }],
    })
  }
  const wanted = recordOf(
    zone,
    { name: record.name, type: record.type, content: record.content, ...merged },
    now,
  )
  if (!('id' in wanted)) return wanted
  const complaint = conflict(zone, wanted, record.id)
  if (complaint) return complaint
  Object.assign(record, { ...wanted, id: record.id, createdOn: record.createdOn })
  return ok(shown(record, zone))
}

/** deletes, patches, puts, posts in this order, all or nothing. */
function batch(zone: Zone, body: Body, now: Date): Reply {
  const before = zone.records.map((record) => ({ ...record }))
  const list = (key: string) => (Array.isArray(body[key]) ? (body[key] as Body[]) : [])
  const results: Record<string, unknown[]> = { deletes: [], patches: [], puts: [], posts: [] }
  const verbs = [
    ['deletes', 'DELETE'],
    ['patches', 'PATCH'],
    ['puts', 'PUT'],
    ['posts', 'POST'],
  ] as const
  for (const [key, method] of verbs) {
    for (const item of list(key)) {
      const id = typeof item['id'] === 'string' ? item['id'] : undefined
      const reply = route(zone, method === 'POST' ? undefined : id, {
        method,
        rest: [],
        query: new URLSearchParams(),
        body: item,
        now,
      })
      if (reply.status !== 200) {
        zone.records = before
        return reply
      }
      results[key]?.push((reply.body as { result: unknown }).result)
    }
  }
  return ok(results)
}

function recordOf(zone: Zone, body: Body, now: Date): DnsRecord | Reply {
  const type = String(body['type'] ?? '')
  const given = String(body['name'] ?? '')
    .toLowerCase()
    .replace(/\.$/, '')
  const name =
    given === '@'
      ? zone.name
      : given === zone.name || given.endsWith(`.${zone.name}`)
        ? given
        : `${given}.${zone.name}`
  const content = String(body['content'] ?? '')
  const invalid = (code: number, message: string) =>
    refuse(400, { code: 1004, message: 'DNS Validation Error', error_chain: [{ code, message }] })
  if (type === '' || given === '') return invalid(9000, 'DNS name is invalid.')
  if (type === 'A' && !isIPv4(content))
    return invalid(9005, 'Content for A record must be a valid IPv4 address.')
  if (type === 'AAAA' && !isIPv6(content))
    return invalid(9006, 'Content for AAAA record must be a valid IPv6 address.')
  const proxied = body['proxied'] === true
  if (proxied && !['A', 'AAAA', 'CNAME'].includes(type)) {
    return invalid(9004, 'This record type cannot be proxied.')
  }
  const comment = typeof body['comment'] === 'string' ? body['comment'] : null
  if (comment !== null && comment.length > 100)
    return invalid(9300, 'Comment is too long for this plan.')
  const ttl = Number(body['ttl'] ?? 1)
  if (ttl !== 1 && (ttl < 60 || ttl > 86_400))
    return invalid(9021, 'TTL must be between 60 and 86400 seconds, or 1 for Automatic.')
  const time = now.toISOString()
  return {
    id: newId(),
    type,
    name,
    content,
    proxied,
    ttl: proxied ? 1 : ttl,
    comment,
    ...(typeof body['priority'] === 'number' ? { priority: body['priority'] } : {}),
    createdOn: time,
    modifiedOn: time,
  }
}

function conflict(zone: Zone, wanted: DnsRecord, except?: string): Reply | undefined {
  const others = zone.records.filter(
    (record) => record.name === wanted.name && record.id !== except,
  )
  const isAddress = ['A', 'AAAA', 'CNAME'].includes(wanted.type)
  if (
    others.some((r) => r.type === wanted.type && unquoted(r.content) === unquoted(wanted.content))
  ) {
    return refuse(400, { code: 81058, message: 'An identical record already exists.' })
  }
  if (wanted.type === 'CNAME' && others.some((r) => ['A', 'AAAA', 'CNAME'].includes(r.type))) {
    return refuse(400, {
      code: 81053,
      message: 'An A, AAAA, or CNAME record with that host already exists.',
    })
  }
  if (others.some((r) => r.type === 'CNAME')) {
    return refuse(400, {
      code: isAddress ? 81053 : 81054,
      message: 'A CNAME record with that host already exists.',
    })
  }
  return undefined
}

export const unquoted = (content: string): string =>
  content.replace(/^"(.*)"$/, '$1').replaceAll('" "', '')

function filtered(records: readonly DnsRecord[], query: URLSearchParams): DnsRecord[] {
  const any = query.get('match') === 'any'
  const tests: ((record: DnsRecord) => boolean)[] = []
  for (const [key, value] of query) {
    const test = filter(key, value.toLowerCase())
    if (test) tests.push(test)
  }
  if (tests.length === 0) return [...records]
  return records.filter((record) =>
    any ? tests.some((test) => test(record)) : tests.every((test) => test(record)),
  )
}

function filter(key: string, value: string): ((record: DnsRecord) => boolean) | undefined {
  const [field, operator = 'exact'] = key.split('.')
  const read = (record: DnsRecord): string => {
    if (field === 'content') return unquoted(record.content).toLowerCase()
    if (field === 'comment') return (record.comment ?? '').toLowerCase()
    return field === 'name' ? record.name : ''
  }
  if (key === 'type') return (record) => record.type.toLowerCase() === value
  if (key === 'proxied') return (record) => String(record.proxied) === value
  if (field !== 'name' && field !== 'content' && field !== 'comment') return undefined
  const wanted = field === 'content' ? unquoted(value) : value
  switch (operator) {
    case 'exact':
      return (record) => read(record) === wanted
    case 'contains':
      return (record) => read(record).includes(wanted)
    case 'startswith':
      return (record) => read(record).startsWith(wanted)
    case 'endswith':
      return (record) => read(record).endsWith(wanted)
    case 'present':
      return (record) => record.comment !== null
    case 'absent':
      return (record) => record.comment === null
    default:
      return undefined
  }
}

const shown = (record: DnsRecord, zone: Zone) => ({
  id: record.id,
  zone_id: zone.id,
  zone_name: zone.name,
  name: record.name,
  type: record.type,
  content: record.content,
  proxiable: ['A', 'AAAA', 'CNAME'].includes(record.type),
  proxied: record.proxied,
  ttl: record.ttl,
  settings: {},
  meta: { auto_added: false, managed_by_apps: false },
  comment: record.comment,
  tags: [],
  ...(record.priority === undefined ? {} : { priority: record.priority }),
  created_on: record.createdOn,
  modified_on: record.modifiedOn,
})

const bindLine = (record: DnsRecord): string =>
  `${record.name}.\t${record.ttl}\tIN\t${record.type}\t${record.content}`
