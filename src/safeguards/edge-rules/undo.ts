import { isDeepStrictEqual } from 'node:util'

import type { Plan } from '../../core/safeguard.ts'
import { sameRule } from './plan.ts'
import type { Do, Observed } from './types.ts'

export function undo(did: Do, { rules, settings, botFight }: Observed): Plan<Do> {
  switch (did.verb) {
    case 'put-rule': {
      const { phase, rule, was } = did
      const found = rules[phase]
      if (found.is !== 'known') return left(`the rule "${rule.description}" could not be looked at`)
      const mine = found.value.find(({ ref }) => ref === rule.ref)
      if (!mine) return left(`the rule "${rule.description}" is gone already`)
      if (!sameRule(mine, rule)) return left(`the rule "${rule.description}" was changed since`)
      if (was === undefined)
        return {
          steps: [
            {
              says: `remove the rule "${rule.description}"`,
              does: { verb: 'remove-rule', phase, was: mine },
            },
          ],
          left: [],
        }
      return {
        steps: [
          {
            says: `put the rule "${was.description}" back as it was`,
            does: { verb: 'put-rule', phase, rule: was, was: mine },
          },
        ],
        left: [],
      }
    }
    case 'remove-rule': {
      const found = rules[did.phase]
      if (found.is !== 'known' || found.value.some(({ ref }) => ref === did.was.ref))
        return left(`the rule "${did.was.description}" is there again, or could not be looked at`)
      return {
        steps: [
          {
            says: `put the rule "${did.was.description}" back`,
            does: {
              verb: 'put-rule',
              phase: did.phase,
              rule: did.was,
              was: undefined,
            },
          },
        ],
        left: [],
      }
    }
    case 'set': {
      const state = settings[did.setting]
      if (state?.is !== 'known' || !isDeepStrictEqual(state.value.value, did.now))
        return left(`${did.setting} of the zone was changed since`)
      return {
        steps: [
          {
            says: `set ${did.setting} of the zone back to ${String(did.was)}`,
            does: { verb: 'set', setting: did.setting, was: did.now, now: did.was },
          },
        ],
        left: [],
      }
    }
    case 'set-bot-fight':
      if (botFight.is !== 'known' || botFight.value !== did.now)
        return left('Bot Fight Mode was changed since')
      return {
        steps: [
          {
            says: `turn Bot Fight Mode back ${did.was ? 'on' : 'off'}`,
            does: { verb: 'set-bot-fight', was: did.now, now: did.was },
          },
        ],
        left: [],
      }
  }
}

const left = (because: string): Plan<Do> => ({ steps: [], left: [because] })
