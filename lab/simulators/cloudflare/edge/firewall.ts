import type { Rule, Zone } from '../state.ts'
import { evaluate, type Seen } from './expression.ts'

const rulesOf = (zone: Zone, phase: string): Rule[] =>
  zone.rulesets.get(phase)?.rules.filter(({ enabled }) => enabled) ?? []

const hits = new WeakMap<Zone, Map<string, { since: number; count: number }>>()

/** What the rules of a zone say about a request. */
export const firewall = {
  /** The number of the error page, or `undefined` when the visitor may pass. */
  judge(zone: Zone, seen: Seen, address: string): number | undefined {
    const deciding = rulesOf(zone, 'http_request_firewall_custom').find(
      (rule) => ['block', 'skip'].includes(rule.action) && evaluate(rule.expression, seen),
    )
    if (deciding?.action === 'block') return 1020
    const limiting = rulesOf(zone, 'http_ratelimit').find((rule) => evaluate(rule.expression, seen))
    return limiting && exceeds(zone, limiting, address) ? 1015 : undefined
  },

  redirects: (zone: Zone, seen: Seen): boolean =>
    rulesOf(zone, 'http_request_dynamic_redirect').some((rule) => evaluate(rule.expression, seen)),

  /** The settings that Configuration Rules put on the request; the last match wins. */
  configuration(zone: Zone, seen: Seen): Readonly<Record<string, unknown>> {
    const matching = rulesOf(zone, 'http_config_settings').filter((rule) =>
      evaluate(rule.expression, seen),
    )
    return Object.assign({}, ...matching.map((rule) => rule.action_parameters)) as Record<
      string,
      unknown
    >
  },
}

function exceeds(zone: Zone, rule: Rule, address: string): boolean {
  const { requests_per_period: allowed = 10, period = 10 } = (rule.ratelimit ?? {}) as {
    requests_per_period?: number
    period?: number
  }
  const counters = hits.get(zone) ?? new Map<string, { since: number; count: number }>()
  hits.set(zone, counters)
  const now = Date.now()
  const mine = counters.get(address)
  if (!mine || now - mine.since > period * 1000) {
    counters.set(address, { since: now, count: 1 })
    return false
  }
  mine.count++
  return mine.count > allowed
}
