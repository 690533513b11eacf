import type { State, Token, Zone } from '../state.ts'
import { authenticate, forbidden, may } from './auth.ts'
import { dnsRecords } from './dns-records.ts'
import { pulls, type Pace } from './pulls.ts'
import { notFound, ok, page, refuse, type Reply } from './reply.ts'
import { rulesets } from './rulesets.ts'
import { settings } from './settings.ts'
import { trace } from './tracer.ts'
import { shownZone } from './zones.ts'

export type Call = {
  readonly method: string
  /** Below /client/v4, with the leading slash. */
  readonly path: string
  readonly query: URLSearchParams
  readonly headers: Readonly<Record<string, string | string[] | undefined>>
  readonly body: Readonly<Record<string, unknown>>
  readonly now: Date
}

/** One call of the API, authenticated, routed and answered. Pure but for the state it changes. */
export function answer(call: Call, state: State, pace: Pace): Reply {
  if (call.path === '/ips') {
    return ok({
      ipv4_cidrs: state.ranges.ipv4,
      ipv6_cidrs: state.ranges.ipv6,
      etag: state.ranges.etag,
    })
  }
  const caller = authenticate(call.headers, call.path, state)
  if ('body' in caller) return caller
  const [head, ...rest] = call.path.split('/').slice(1)
  if (head === 'user') return user(caller, rest)
  if (head === 'accounts') return accounts(caller, rest, call, state)
  if (head === 'zones') return zones(caller, rest, call, state, pace)
  return notFound(call.path)
}

function user(caller: Token, rest: readonly string[]): Reply {
  if (rest.join('/') === 'tokens/verify') {
    return caller.kind === 'user'
      ? verified(caller)
      : refuse(401, { code: 1000, message: 'Invalid API Token' })
  }
  if (rest[0] === 'tokens')
    return may(caller, 'api_tokens', 'read') ? ok([]) : forbidden('user/subresources/tokens')
  if (rest.length === 0)
    return may(caller, 'user_details', 'read')
      ? ok({ id: 'user', email: 'owner@example.com' })
      : forbidden('user')
  return notFound(`user/${rest.join('/')}`)
}

const verified = (token: Token): Reply => ({
  status: 200,
  body: {
    result: { id: token.id, status: token.status },
    success: true,
    errors: [],
    messages: [{ code: 10_000, message: 'This API Token is valid and active', type: null }],
  },
})

function accounts(caller: Token, rest: readonly string[], call: Call, state: State): Reply {
  const [id, family, ...more] = rest
  if (id === undefined)
    return page([{ id: caller.account.id, name: caller.account.name }], call.query)
  if (id !== caller.account.id)
    return refuse(403, { code: 9109, message: 'Unauthorized to access requested resource' })
  if (family === 'tokens' && more[0] === 'verify') {
    return caller.kind === 'account'
      ? verified(caller)
      : refuse(401, { code: 1000, message: 'Invalid API Token' })
  }
  if (family === 'request-tracer' && call.method === 'POST') {
    return may(caller, 'request_tracer', 'read')
      ? trace(state, call.body)
      : forbidden('request_tracers')
  }
  const groups: Readonly<Record<string, string>> = {
    members: 'account_settings',
    workers: 'workers_scripts',
    cfd_tunnel: 'argotunnel',
    rules: 'account_rule_lists',
    tokens: 'account_api_tokens',
  }
  const group = groups[family ?? '']
  if (group === undefined) return notFound(`accounts/${rest.join('/')}`)
  return may(caller, group, 'read') ? page([], call.query) : forbidden(`accounts/${family}`)
}

function zones(
  caller: Token,
  rest: readonly string[],
  call: Call,
  state: State,
  pace: Pace,
): Reply {
  const [id, family, ...more] = rest
  if (id === undefined) return listZones(caller, call, state)
  const zone = state.zones.find((each) => each.id === id)
  if (
    !zone ||
    (caller.zones !== 'all' && !caller.zones.includes(zone.id)) ||
    zone.account.id !== caller.account.id
  ) {
    return /^[0-9a-f]{32}$/.test(id)
      ? refuse(403, { code: 9109, message: 'Unauthorized to access requested resource' })
      : notFound(`/zones/${id}`)
  }
  const verb = call.method === 'GET' ? 'read' : 'edit'
  const guarded = (group: string, act: () => Reply): Reply =>
    may(caller, group, verb, zone) ? act() : forbidden(`zones/${family}`)
  switch (family) {
    case undefined:
      return caller.scopes.some((scope) => zoneScopes.some((group) => scope.startsWith(group)))
        ? ok(shownZone(zone, caller))
        : forbidden('zones')
    case 'dns_records':
      return guarded('dns', () => dnsRecords(zone, { ...call, rest: more }))
    case 'settings':
      return guarded('zone_settings', () =>
        settings(zone, more[0], call.method, call.body, call.now),
      )
    case 'rulesets':
      return rulesetCall(caller, zone, more, verb, call)
    case 'origin_tls_client_auth':
      return guarded('ssl_and_certificates', () =>
        pulls(zone, more, call.method, call.body, pace, call.now),
      )
    case 'bot_management':
      return guarded('bot_management', () =>
        ok(Object.assign(zone.botManagement, call.method === 'PUT' ? call.body : {})),
      )
    default:
      return notFound(`/zones/${rest.join('/')}`)
  }
}

const zoneScopes = ['zone:', 'dns:', 'ssl_and_certificates:', 'zone_settings:', 'zone_waf:']

function listZones(caller: Token, { query }: Call, state: State): Reply {
  const readable = may(caller, 'zone', 'read') || may(caller, 'dns', 'read')
  if (!readable)
    return refuse(403, {
      code: 9109,
      message: 'Unauthorized to access requested resource',
      documentation_url: 'https://developers.cloudflare.com/api/resources/zones',
    })
  const name = query.get('name')?.replace(/^equal:/, '')
  const status = query.get('status')
  const found = state.zones.filter(
    (zone) =>
      zone.account.id === caller.account.id &&
      (caller.zones === 'all' || caller.zones.includes(zone.id)) &&
      (name === undefined || zone.name === name) &&
      (status === null || zone.status === status),
  )
  return page(
    found.map((zone) => shownZone(zone, caller)),
    query,
  )
}

/** Which permission a phase needs (docs, "Add rule: phase entry points", 2026). */
const phaseGroups: Readonly<Record<string, string>> = {
  http_request_firewall_custom: 'zone_waf',
  http_ratelimit: 'zone_waf',
  http_config_settings: 'config_settings',
  http_request_cache_settings: 'cache_settings',
  http_request_dynamic_redirect: 'dynamic_url_redirects',
  http_response_headers_transform: 'transform_rules',
  http_request_origin: 'origin',
}

function rulesetCall(
  caller: Token,
  zone: Zone,
  rest: readonly string[],
  verb: 'read' | 'edit',
  call: Call,
): Reply {
  const byId = [...zone.rulesets.values()].find(({ id }) => id === rest[0])?.phase
  const phase = rest[0] === 'phases' ? (rest[1] ?? '') : (byId ?? String(call.body['phase'] ?? ''))
  const groups = phase === '' ? Object.values(phaseGroups) : [phaseGroups[phase] ?? 'zone_waf']
  if (!groups.some((group) => may(caller, group, verb, zone))) return forbidden('rulesets')
  return rulesets(
    zone,
    rest,
    call.method,
    call.body,
    call.query.get('dry_run') === 'true',
    call.now,
  )
}
