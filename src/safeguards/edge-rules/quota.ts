import { isOurs, type FoundRule, type Phase } from './types.ts'

/** How many rules of a phase Cloudflare Free has, everybody's together (docs, 2026). */
const quotaOf: Readonly<Record<Phase, number>> = {
  http_config_settings: 10,
  http_request_cache_settings: 10,
  http_request_dynamic_redirect: 10,
  http_request_firewall_custom: 5,
  http_ratelimit: 1,
}

/** Why a rule of ours has no place in the phase; `undefined` where it has one. */
export function noRoom(phase: Phase, found: readonly FoundRule[], ref: string): string | undefined {
  if (found.some((rule) => rule.ref === ref)) return undefined
  const foreign = found.filter((rule) => !isOurs(rule)).length
  return foreign < quotaOf[phase]
    ? undefined
    : `the zone has ${foreign} ${foreign === 1 ? 'rule' : 'rules'} of its own of this kind, and the plan allows no more`
}
