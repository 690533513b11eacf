import type { Fault } from './fault.ts'

export const loginLimitTaken: Fault = {
  name: 'somebody put another rule in the only place for a limit',
  plant({ zone }) {
    const limits = zone.rulesets.get('http_ratelimit')
    const before = limits?.rules ?? []
    if (limits)
      limits.rules = before.map((rule) => ({
        ...rule,
        ref: 'theirs',
        description: 'a limit for the shop',
        expression: 'starts_with(http.request.uri.path, "/shop")',
      }))
    return () => {
      if (limits) limits.rules = before
    }
  },
  broken: ['edge/login-limit'],
  notBroken: ['edge/country-rule', 'edge/ssl-mode'],
  cause: 'edge/login-limit',
}
