import type { Fault } from './fault.ts'

export const httpsRuleGone: Fault = {
  name: 'what led visitors from http to https was turned off',
  plant({ zone }) {
    const settings = zone.settings.get('always_use_https')
    const rulesets = [...zone.rulesets.values()].map((ruleset) => [ruleset, ruleset.rules] as const)
    zone.settings.set('always_use_https', { value: 'off', editable: true })
    for (const [ruleset, rules] of rulesets)
      ruleset.rules = rules.filter(({ ref }) => ref !== 'gatehouse_https')
    return () => {
      if (settings) zone.settings.set('always_use_https', settings)
      for (const [ruleset, rules] of rulesets) ruleset.rules = rules
    }
  },
  broken: ['edge/http-allowed'],
  notBroken: ['edge/ssl-mode', 'edge/country-rule', 'origin/plain-http', 'edge/unreachable'],
}
