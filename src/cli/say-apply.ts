import type { Guard } from '../core/guard.ts'
import { Problem } from '../core/problem.ts'
import type { Outcome } from '../core/reconcile.ts'
import type { Applied, Step } from '../core/safeguard.ts'
import type { Paint } from './paint.ts'
import { countOf } from './say.ts'

type Named = { readonly name: Guard['name']; readonly outcome: Outcome<unknown> }

export function sayStep(step: Step<unknown>, applied: Applied, paint: Paint): string {
  return applied.is === 'done'
    ? `    ${paint.good('✓')} ${step.says}`
    : `    ${paint.warn('?')} could not confirm: ${step.says}; it may or may not have happened (${applied.because})`
}

export function sayOutcome(name: Guard['name'], outcome: Outcome<unknown>, paint: Paint): string {
  const title = paint.strong(name)
  switch (outcome.is) {
    case 'settled':
      return `  ${title} ${paint.good('as wished')}${outcome.did.length === 0 ? '' : paint.dim(` after ${countOf(outcome.did.length, 'step')}`)}`
    case 'refused':
      return `  ${title} ${paint.warn('left as it is')}, as you chose`
    case 'unsettled': {
      const hint = outcome.failure instanceof Problem ? outcome.failure.hint : undefined
      const code = outcome.failure instanceof Problem ? ` (${outcome.failure.code})` : ''
      return [
        `  ${title} ${paint.bad('not done')}: ${outcome.because}${code}`,
        ...outcome.remaining.steps.map(({ says }) => `    ${paint.dim('remains:')} ${says}`),
        ...(hint === undefined ? [] : [`    ${paint.warn('hint:')} ${hint}`]),
      ].join('\n')
    }
  }
}

export function sayApplyEnd(
  outcomes: readonly Named[],
  gatewayWasHere: boolean,
  paint: Paint,
): string {
  const failed = outcomes.find(({ outcome }) => outcome.is !== 'settled')
  if (failed) {
    return `${paint.bad('stopped')} at ${failed.name}; nothing is half done: \`gatehouse apply\` goes on from here, \`gatehouse undo\` puts back what was changed`
  }
  const next = gatewayWasHere
    ? 'start `gatehouse run` (it serves the house and keeps all this so), then prove it with `gatehouse verify`'
    : 'prove it with `gatehouse verify`'
  return `${paint.good('everything is as wished')}; ${next}`
}

export const outcomeJson = (outcomes: readonly Named[]) => ({
  safeguards: outcomes.map(({ name, outcome }) => ({
    name,
    outcome: outcome.is,
    did: outcome.is === 'refused' ? [] : outcome.did,
    ...(outcome.is === 'settled' ? { left: outcome.left } : {}),
    ...(outcome.is === 'refused' ? { left: outcome.plan.left, remaining: outcome.plan.steps } : {}),
    ...(outcome.is === 'unsettled'
      ? {
          left: outcome.remaining.left,
          remaining: outcome.remaining.steps,
          because: outcome.because,
          ...failureOf(outcome.failure),
        }
      : {}),
  })),
})

const failureOf = (failure: unknown) =>
  failure instanceof Problem ? { code: failure.code, hint: failure.hint } : {}
