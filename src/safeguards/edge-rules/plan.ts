import { isDeepStrictEqual } from 'node:util'

import type { Plan, Step } from '../../core/safeguard.ts'
import { noRoom } from './quota.ts'
import { wantedRules, type WantedRule } from './rules.ts'
import {
  isOurs,
  phases,
  type Desired,
  type Do,
  type FoundRule,
  type Observed,
  type RuleBody,
} from './types.ts'
import { wantedSettings } from './zone-settings.ts'

/** Our rules as wished, nobody else's touched; zone-wide settings only with the owner's consent. */
export function plan(desired: Desired, observed: Observed): Plan<Do> {
  const parts = [
    planRules(desired, observed),
    planSettings(desired, observed),
    planBotFight(desired, observed),
  ]
  return { steps: parts.flatMap(({ steps }) => steps), left: parts.flatMap(({ left }) => left) }
}

function planRules(desired: Desired, { rules }: Observed): Plan<Do> {
  const wanted = wantedRules(desired)
  const parts = phases.map((phase): Plan<Do> => {
    const found = rules[phase]
    const here = wanted.filter((each) => each.phase === phase)
    if (found.is !== 'known') {
      const because = found.is === 'unknown' ? found.because : 'they are not there'
      return {
        steps: [],
        left: here.map(
          ({ says }) => `not set: ${says}; the rules cannot be looked at (${because})`,
        ),
      }
    }
    const stale = found.value.filter(
      (rule) => isOurs(rule) && !here.some(({ rule: { ref } }) => ref === rule.ref),
    )
    const removing = stale.map((was): Step<Do> => ({
      says: `remove the rule "${was.description}"`,
      does: { verb: 'remove-rule', phase, was },
    }))
    const putting = here.map((each) => planRule(each, found.value))
    return {
      steps: [...removing, ...putting.flatMap(({ steps }) => steps)],
      left: putting.flatMap(({ left }) => left),
    }
  })
  return { steps: parts.flatMap(({ steps }) => steps), left: parts.flatMap(({ left }) => left) }
}

function planRule({ phase, rule, says }: WantedRule, found: readonly FoundRule[]): Plan<Do> {
  const mine = found.find(({ ref }) => ref === rule.ref)
  if (mine && sameRule(mine, rule)) return { steps: [], left: [] }
  const full = noRoom(phase, found, rule.ref)
  if (full !== undefined) return { steps: [], left: [`not set: ${says}; ${full}`] }
  return { steps: [{ says, does: { verb: 'put-rule', phase, rule, was: mine } }], left: [] }
}

/** The API adds fields of its own: only what we write is compared. */
export function sameRule(found: FoundRule, wanted: RuleBody): boolean {
  return (
    found.expression === wanted.expression &&
    found.action === wanted.action &&
    found.enabled === wanted.enabled &&
    contains(found.action_parameters, wanted.action_parameters) &&
    contains(found.ratelimit, wanted.ratelimit)
  )
}

function contains(found: unknown, wanted: unknown): boolean {
  if (wanted === undefined) return true
  if (typeof wanted !== 'object' || wanted === null || Array.isArray(wanted))
    return isDeepStrictEqual(found, wanted)
  return (
    typeof found === 'object' &&
    found !== null &&
    Object.entries(wanted).every(([key, value]) => contains(Reflect.get(found, key), value))
  )
}

function planSettings({ zoneSettings }: Desired, { settings }: Observed): Plan<Do> {
  const steps: Step<Do>[] = []
  const left: string[] = []
  for (const { id, value, accepts, says } of wantedSettings) {
    const state = settings[id]
    if (state?.is !== 'known' || accepts.includes(String(state.value.value))) continue
    if (!state.value.editable) left.push(`${says}: the plan of the zone does not allow it`)
    else if (zoneSettings === 'propose')
      left.push(
        `proposed for the whole zone: ${says} (${id} is ${String(state.value.value)}); \`edge.zone_settings: change\` lets Gatehouse do it`,
      )
    else
      steps.push({
        says: `for the whole zone: ${says}`,
        does: { verb: 'set', setting: id, was: state.value.value, now: value },
      })
  }
  return { steps, left }
}

function planBotFight({ zoneSettings }: Desired, { botFight }: Observed): Plan<Do> {
  if (botFight.is !== 'known' || !botFight.value) return { steps: [], left: [] }
  if (zoneSettings === 'propose') {
    return {
      steps: [],
      left: [
        'proposed for the whole zone: Bot Fight Mode off (it blocks the companion app, Alexa and Google, and Free has no exceptions from it)',
      ],
    }
  }
  return {
    steps: [
      {
        says: 'for the whole zone: Bot Fight Mode off',
        does: { verb: 'set-bot-fight', was: true, now: false },
      },
    ],
    left: [],
  }
}
