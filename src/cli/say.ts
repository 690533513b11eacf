import { ConfigurationProblem } from '../config/complaint.ts'
import { Problem, reasonOf } from '../core/problem.ts'
import type { Plan, SafeguardName } from '../core/safeguard.ts'
import type { Paint } from './paint.ts'

/*
 * Every word on the terminal about plans and errors is in this file; about proofs in `say-proofs.ts`.
 *
 * - What was asked for goes to standard output, everything else to standard error.
 * - Errors begin with "error:", what to do about them with "hint:"; lower case, no full stop.
 * - Values stand as the person would type them. Commands stand in backquotes.
 */

export type NamedPlan = { readonly name: SafeguardName; readonly plan: Plan<unknown> }

export const stepsOf = (plans: readonly NamedPlan[]): number =>
  plans.reduce((sum, { plan }) => sum + plan.steps.length, 0)

/** The whole plan, safeguard by safeguard, in the order in which it would be done. */
export function sayPlan(plans: readonly NamedPlan[], paint: Paint): string {
  const width = Math.max(...plans.map(({ name }) => name.length))
  const parts = plans.map(({ name, plan }) => {
    if (plan.steps.length === 0 && plan.left.length === 0) {
      return `  ${name.padEnd(width)}  ${paint.dim('as wished')}`
    }
    return [
      `  ${paint.strong(name)}`,
      ...plan.steps.map(({ says }) => `    ${paint.good('+')} ${says}`),
      ...plan.left.map((says) => `    ${paint.warn('·')} ${indented(says)}`),
    ].join('\n')
  })
  return parts.join('\n')
}

/** A sentence may carry lines of its own (a rule to paste): they stay under their bullet. */
const indented = (text: string): string => text.replaceAll('\n', '\n      ')

export function sayPlanEnd(plans: readonly NamedPlan[], paint: Paint): string {
  const count = stepsOf(plans)
  if (count === 0) return paint.good('nothing to do')
  return `${paint.strong(countOf(count, 'step'))}; \`gatehouse apply\` makes ${count === 1 ? 'it' : 'them'}`
}

export const countOf = (count: number, word: string): string =>
  `${count === 0 ? 'no' : count} ${word}${count === 1 ? '' : 's'}`

/** An error as a person reads it: what, why where it helps, and what to do. */
export function sayError(error: unknown, paint: Paint): string {
  if (error instanceof ConfigurationProblem) {
    return [
      `${paint.bad('error:')} ${error.message} (${error.code})`,
      ...error.complaints.map(({ path, line, says }) => {
        const place = line === undefined ? '' : `line ${line}: `
        return `  ${place}${path === '' ? '' : `${paint.strong(path)} `}${says}`
      }),
      sayHint(error.hint, paint),
    ].join('\n')
  }
  if (error instanceof Problem) {
    return [
      `${paint.bad('error:')} ${error.message} (${error.code})`,
      ...(error.cause === undefined ? [] : [paint.dim(`  because: ${reasonOf(error.cause)}`)]),
      ...(error.hint === undefined ? [] : [sayHint(error.hint, paint)]),
    ].join('\n')
  }
  const stack = error instanceof Error ? (error.stack ?? error.message) : String(error)
  return [
    `${paint.bad('error:')} this is a bug in Gatehouse, not something you did`,
    paint.dim(stack),
    sayHint('please report it with the lines above; they contain no secret', paint),
  ].join('\n')
}

const sayHint = (hint: string | undefined, paint: Paint): string =>
  hint === undefined ? '' : `${paint.warn('hint:')} ${hint}`

/** The same for machines. */
export function errorJson(error: unknown): unknown {
  if (error instanceof ConfigurationProblem) {
    const { code, message, hint, complaints } = error
    return { error: { code, message, hint, complaints } }
  }
  if (error instanceof Problem)
    return { error: { code: error.code, message: error.message, hint: error.hint } }
  return { error: { code: 'gatehouse/bug', message: reasonOf(error) } }
}
