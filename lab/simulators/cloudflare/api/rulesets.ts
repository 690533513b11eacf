import { newId, type Rule, type Ruleset, type Zone } from '../state.ts'
import { notFound, ok, refuse, type Reply } from './reply.ts'

type Body = Readonly<Record<string, unknown>>

/** Rules per phase on the Free plan (docs, 2026). */
const quotas: Readonly<Record<string, number>> = {
  http_request_firewall_custom: 5,
  http_ratelimit: 1,
  http_config_settings: 10,
  http_request_cache_settings: 10,
  http_request_origin: 10,
  http_request_dynamic_redirect: 10,
  http_response_headers_transform: 10,
}

/** `/zones/{z}/rulesets…`. Every write takes `?dry_run=true`: everything is checked, nothing is kept. */
export function rulesets(
  zone: Zone,
  rest: readonly string[],
  method: string,
  body: Body,
  dryRun: boolean,
  now: Date,
): Reply {
  if (rest[0] === 'phases' && rest[2] === 'entrypoint')
    return entrypoint(zone, rest[1] ?? '', method, body, dryRun, now)
  if (rest.length === 0 && method === 'GET')
    return ok([...zone.rulesets.values()].map((r) => shown(r, false)))
  if (rest.length === 0 && method === 'POST')
    return put(zone, String(body['phase']), body, dryRun, now)
  const ruleset = [...zone.rulesets.values()].find(({ id }) => id === rest[0])
  if (!ruleset) return refuse(404, { code: 10003, message: 'could not find ruleset' })
  if (rest.length === 1 && method === 'GET') return ok(shown(ruleset, true))
  if (rest[1] !== 'rules') return notFound(`rulesets/${rest.join('/')}`)
  return oneRule(ruleset, rest[2], method, body, dryRun, now)
}

function entrypoint(
  zone: Zone,
  phase: string,
  method: string,
  body: Body,
  dryRun: boolean,
  now: Date,
): Reply {
  if (quotas[phase] === undefined)
    return refuse(400, { code: 50_002, message: `not entitled to use the phase "${phase}"` })
  if (method === 'PUT') return put(zone, phase, body, dryRun, now)
  const found = zone.rulesets.get(phase)
  return found
    ? ok(shown(found, true))
    : refuse(404, {
        code: 10_003,
        message: `could not find entrypoint ruleset in the "${phase}" phase`,
      })
}

function put(zone: Zone, phase: string, body: Body, dryRun: boolean, now: Date): Reply {
  if (quotas[phase] === undefined)
    return refuse(400, { code: 50_002, message: `not entitled to use the phase "${phase}"` })
  const before = zone.rulesets.get(phase)
  const given = Array.isArray(body['rules']) ? (body['rules'] as Body[]) : []
  const ruleset: Ruleset = {
    id: before?.id ?? newId(),
    phase,
    version: (before?.version ?? 0) + 1,
    rules: given.map((rule) => ruleOf(rule, now)),
  }
  const complaint = check(ruleset)
  if (complaint) return complaint
  if (dryRun) return ok(null)
  zone.rulesets.set(phase, ruleset)
  return ok(shown(ruleset, true))
}

function oneRule(
  ruleset: Ruleset,
  id: string | undefined,
  method: string,
  body: Body,
  dryRun: boolean,
  now: Date,
): Reply {
  const at = ruleset.rules.findIndex((rule) => rule.id === id)
  if (id !== undefined && at < 0) return refuse(404, { message: `could not find rule "${id}"` })
  const rules = [...ruleset.rules]
  if (method === 'POST') {
    const rule = ruleOf(body, now)
    const { index, before } = (body['position'] ?? {}) as { index?: number; before?: string }
    const place =
      before === undefined
        ? index === undefined
          ? rules.length
          : index - 1
        : rules.findIndex((each) => each.id === before)
    rules.splice(Math.max(0, place), 0, rule)
  } else if (method === 'PATCH') {
    const old = rules[at]
    rules[at] = {
      ...ruleOf({ ref: old?.ref, ...body }, now),
      id: id ?? '',
      version: String(Number(old?.version ?? 0) + 1),
    }
  } else if (method === 'DELETE') rules.splice(at, 1)
  else return notFound(`rules/${id}`)
  const changed: Ruleset = { ...ruleset, version: ruleset.version + 1, rules }
  const complaint = check(changed)
  if (complaint) return complaint
  if (dryRun) return method === 'DELETE' ? { status: 204, body: undefined } : ok(null)
  Object.assign(ruleset, changed)
  return ok(shown(ruleset, true))
}

function ruleOf(body: Body, now: Date): Rule {
  const id = newId()
  return {
    id,
    ref: typeof body['ref'] === 'string' ? body['ref'] : id,
    version: '1',
    expression: String(body['expression'] ?? ''),
    action: String(body['action'] ?? ''),
    description: String(body['description'] ?? ''),
    enabled: body['enabled'] !== false,
    ...(body['action_parameters'] === undefined
      ? {}
      : { action_parameters: body['action_parameters'] }),
    ...(body['ratelimit'] === undefined ? {} : { ratelimit: body['ratelimit'] }),
    last_updated: now.toISOString(),
  }
}

/** Errors of this family have no code: clients must live with that. */
function check({ phase, rules }: Ruleset): Reply | undefined {
  const quota = quotas[phase] ?? 0
  if (rules.length > quota)
    return refuse(400, {
      message: `exceeded maximum number of rules in the phase ${phase} (${rules.length} > ${quota})`,
    })
  const refs = rules.map(({ ref }) => ref)
  if (new Set(refs).size < refs.length)
    return refuse(400, { message: 'rule refs must be unique within a ruleset' })
  for (const rule of rules) {
    if (rule.expression === '' || rule.action === '')
      return refuse(400, { message: 'rule expression and action are required' })
    if (/\bmatches\b/.test(rule.expression))
      return refuse(400, { message: 'not entitled to use the operator "matches"' })
    if (phase === 'http_ratelimit') {
      const limit = rule.ratelimit as { period?: number; mitigation_timeout?: number } | undefined
      if (/http\.host|ip\.src\.country/.test(rule.expression))
        return refuse(400, { message: 'not entitled to use the field "http.host" in this phase' })
      if (limit?.period !== 10 || limit.mitigation_timeout !== 10)
        return refuse(400, { message: 'not entitled to use this period or mitigation timeout' })
    }
  }
  return undefined
}

const shown = ({ id, phase, version, rules }: Ruleset, withRules: boolean) => ({
  id,
  name: 'default',
  description: '',
  kind: 'zone',
  phase,
  version: String(version),
  last_updated: new Date(0).toISOString(),
  ...(withRules ? { rules } : {}),
})
