import type { Fact } from '../../core/fact.ts'
import { finding, unseen, type Finding } from '../../core/finding.ts'
import { sameRule } from './plan.ts'
import { wantedRules } from './rules.ts'
import { isOurs, type Desired, type Observed } from './types.ts'
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
    ...laterRules(desired, observed),
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
    return [finding(named[0], named[1], 'run `gatehouse apply`')]
  })
}

/** In this phase the last matching rule wins: a later one of somebody else may take strict away again. */
function laterRules({ names }: Desired, { rules }: Observed): Finding[] {
  const found = rules.http_config_settings
  if (found.is !== 'known') return []
  const ours = found.value.findIndex(isOurs)
  const later = found.value
    .slice(ours + 1)
    .filter(
      (rule) =>
        ours >= 0 &&
        rule.enabled &&
        !isOurs(rule) &&
        touches(rule.action_parameters) &&
        mayMatch(rule.expression, names),
    )
  return later.map(({ description, ref }) =>
    finding(
      'edge/ssl-mode',
      `the rule "${description || ref}" comes after ours and sets the encryption mode again`,
      'move it before the rule of Gatehouse, or let it leave out these names',
    ),
  )
}

const touches = (parameters: unknown): boolean =>
  typeof parameters === 'object' && parameters !== null && 'ssl' in parameters

/** A rule that names other hosts only cannot match; of everything else we do not know. */
const mayMatch = (expression: string, names: readonly string[]): boolean =>
  !/^\(?http\.host (eq|in) /.test(expression) ||
  names.some((name) => expression.includes(`"${name}"`))

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
