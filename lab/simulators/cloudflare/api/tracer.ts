import { evaluate } from '../edge/expression.ts'
import type { State } from '../state.ts'
import { ok, type Reply } from './reply.ts'

/** The Trace API: which rules a request from this country would meet, without sending it. */
export function trace(state: State, body: Readonly<Record<string, unknown>>): Reply {
  const url = new URL(String(body['url']))
  const context = (body['context'] ?? {}) as { geoloc?: { iso_code?: string } }
  const zone = state.zones.find(
    ({ name }) => url.hostname === name || url.hostname.endsWith(`.${name}`),
  )
  const request = {
    host: url.hostname,
    path: url.pathname,
    country: context.geoloc?.iso_code ?? 'XX',
    asn: 0,
  }
  const rules = zone?.rulesets.get('http_request_firewall_custom')?.rules ?? []
  const matched = rules.filter((rule) => rule.enabled && evaluate(rule.expression, request))
  const blocked = matched.some(({ action }) => action === 'block')
  return ok({
    status_code: blocked ? 403 : 200,
    trace: rules.map((rule) => ({
      type: 'rule',
      step_name: 'http_request_firewall_custom',
      matched: matched.includes(rule),
      action: rule.action,
      expression: rule.expression,
      description: rule.description,
    })),
  })
}
