import { Problem, reasonOf } from '../core/problem.ts'
import type { Kept } from './safeguard-task.ts'
import type { LookStatus } from './status.ts'

/** What a look came to, as the status shows it. */
export function lookStatus({ look, failure }: Kept, at: Date, because: string): LookStatus {
  const about = { at: at.toISOString(), because }
  if (look === undefined)
    return { ...about, outcome: 'failed', did: [], left: [], ...saysOf(failure) }
  const { outcome } = look
  switch (outcome.is) {
    case 'settled': {
      const { did, left } = outcome
      const now = did.length > 0 ? 'put-back' : 'as-wished'
      return { ...about, outcome: now, did: said(did), left, says: null, code: null }
    }
    case 'refused': {
      const { steps, left } = outcome.plan
      return {
        ...about,
        outcome: 'reported',
        did: [],
        left,
        says: said(steps).join('; '),
        code: null,
      }
    }
    case 'unsettled': {
      const { did, remaining, failure: reason } = outcome
      const { code } = saysOf(reason)
      const { left } = remaining
      return { ...about, outcome: 'differs', did: said(did), left, says: outcome.because, code }
    }
  }
}

const said = (steps: readonly { readonly says: string }[]): string[] =>
  steps.map(({ says }) => says)

const saysOf = (failure: unknown): { says: string; code: string | null } => ({
  says: reasonOf(failure),
  code: failure instanceof Problem ? failure.code : null,
})
