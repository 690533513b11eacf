import type { Fault } from './fault.ts'

export const countryRuleSkipped: Fault = {
  name: 'a rule of somebody else before ours lets everybody skip it',
  plant({ zone }) {
    const rules = zone.rulesets.get('http_request_firewall_custom')?.rules ?? []
    rules.unshift({
      id: 'skips',
      ref: 'theirs',
      version: '1',
      expression: 'true',
      action: 'skip',
      action_parameters: { ruleset: 'current' },
      description: 'let the monitoring in',
      enabled: true,
      last_updated: '',
    })
    return () => void rules.shift()
  },
  broken: ['edge/country-rule'],
  notBroken: ['edge/login-limit', 'edge/ssl-mode', 'edge/unreachable'],
  cause: 'edge/country-rule',
}
