import { errorCode, Problem, reasonOf } from '../../core/problem.ts'

/** No socket, or one that a killed keeper left behind: none runs. */
export const nobodyThere = (cause: unknown): boolean =>
  ['ENOENT', 'ECONNREFUSED', 'ENOTDIR'].includes(errorCode(cause) ?? '')

/** One runs, and does not answer. */
export const noAnswer = (cause: unknown): Problem =>
  new Problem('control/no-answer', `the keeper does not answer (${reasonOf(cause)})`, {
    hint: 'look at its log, or start it anew',
    cause,
  })
