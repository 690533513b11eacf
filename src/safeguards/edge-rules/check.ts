import type { Fact } from '../../core/fact.ts'
import { finding, unseen, type Finding } from '../../core/finding.ts'
import { overruled } from './overruled.ts'
import { sameRule } from './plan.ts'
import { noRoom } from './quota.ts'
import { wantedRules } from './rules.ts'
import type { Desired, Observed } from './types.ts'
import { wantedSettings } from './zone-settings.ts'

const codeOfRule = {
  gatehouse_config: [
    'edge/ssl-mode',
    'the edge is not told to check the certificate of the origin',
  ],
  gatehouse_https: ['edge/http-allowed', 'the edge does not lead from http to https'],
  gatehouse_country: ['edge/country-rule', 'the country rule is missing or differs from the wish'],
  gatehouse_login: ['edge/login-limit', 'attempts to sign in are not limited at the edge'],
} as const

export function check(desired: Desired, observed: Observed): readonly Finding[] {
  return [
    ...ruleFindings(desired, observed),
    ...overruled(desired, observed),
    ...settingFindings(observed),
  ]
}

function ruleFindings(desired: Desired, { rules }: Observed): Finding[] {
  return wantedRules(desired).flatMap(({ phase, rule }) => {
    const found = rules[phase]
    const named = Object.entries(codeOfRule).find(([ref]) => ref === rule.ref)?.[1]
    if (!named) return []
    if (found.is !== 'known')
      return [
        unseen(named[0], `the rules of the edge could not be read${because(found)}`, hintUnseen),
      ]
    if (found.value.some((each) => each.ref === rule.ref && sameRule(each, rule))) return []
    const full = noRoom(phase, found.value, rule.ref)
    return [
      full === undefined
        ? finding(named[0], named[1], 'run `gatehouse apply`')
        : finding(named[0], `${named[1]}: ${full}`, withoutRoom),
    ]
  })
}

const withoutRoom =
  'remove a rule of this kind that you can do without, or the wish (`edge.countries`, `edge.login_limit`)'

const hintUnseen = 'let the token read the rules and settings of the zone (`gatehouse token url`)'

const because = (fact: Fact<unknown> | undefined): string =>
  fact?.is === 'unknown' ? ` (${fact.because})` : ''

function settingFindings({ settings, botFight }: Observed): Finding[] {
  const wrong = wantedSettings.flatMap(({ id, accepts, says, code }) => {
    const state = settings[id]
    if (code === undefined) return []
    if (state?.is !== 'known')
      return [unseen(code, `${id} of the zone could not be read${because(state)}`, hintUnseen)]
    if (accepts.includes(String(state.value.value))) return []
    return [
      finding(
        code,
        `${id} of the zone is ${String(state.value.value)}; wished is: ${says}`,
        'set it in the dashboard, or let Gatehouse with `edge.zone_settings: change`',
      ),
    ]
  })
  const fights = botFight.is === 'known' && botFight.value
  return [
    ...wrong,
    ...(fights
      ? [
          finding(
            'edge/bot-fight',
            'Bot Fight Mode is on',
            'turn it off (Security, Bots), or let Gatehouse with `edge.zone_settings: change`',
          ),
        ]
      : []),
  ]
}
