import type { Fault } from './fault.ts'

export const strictRuleGone: Fault = {
  name: 'the rule that demands Full (strict) was deleted',
  plant({ zone }) {
    const ruleset = [...zone.rulesets.values()].find(({ rules }) =>
      rules.some(({ ref }) => ref === 'gatehouse_config'),
    )
    if (!ruleset) throw new Error('there is no such rule')
    const { rules } = ruleset
    ruleset.rules = []
    return () => void (ruleset.rules = rules)
  },
  broken: ['edge/ssl-mode'],
  notBroken: ['origin/not-reached', 'certificate/untrusted', 'edge/country-rule'],
}
