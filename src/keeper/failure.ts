import { codes, type FindingCode } from '../core/codes.ts'
import { finding, type Finding } from '../core/finding.ts'
import { Problem, reasonOf } from '../core/problem.ts'
import type { Outcome } from '../core/reconcile.ts'
import type { SafeguardName } from '../core/safeguard.ts'

/** What is wrong when a look failed, or did not bring about what is wished; `undefined` when nothing is. */
export function findingOfLook(
  name: SafeguardName,
  outcome: Outcome<unknown> | undefined,
  failure: unknown,
): Finding | undefined {
  if (outcome === undefined)
    return findingOf(failure, 'keeper/cannot-look', `${name} cannot be looked at`)
  switch (outcome.is) {
    case 'settled':
      return undefined
    case 'refused': {
      const steps = outcome.plan.steps.map(({ says }) => says).join('; ')
      return finding('keeper/differs', `${name} differs: ${steps}`, 'run `gatehouse apply`')
    }
    case 'unsettled': {
      const code = name === 'certificate' ? 'certificate/renewal-failing' : 'keeper/cannot-mend'
      const reason = outcome.failure ?? new Error(outcome.because)
      return findingOf(reason, code, `${name} could not be put back`)
    }
  }
}

/** By the problem's own code where people know it as a finding too. */
function findingOf(failure: unknown, otherwise: FindingCode, says: string): Finding {
  const hint = failure instanceof Problem ? failure.hint : undefined
  const code = failure instanceof Problem ? failure.code : ''
  const known = aliases[code] ?? (isFindingCode(code) ? code : otherwise)
  return finding(known, `${says}: ${reasonOf(failure)}`, hint)
}

const aliases: Readonly<Record<string, FindingCode>> = {
  'cloudflare/rate-limited': 'cloudflare/no-answer',
  'certificate/authority-down': 'certificate/authority-unreachable',
  'certificate/authority-slow': 'certificate/authority-unreachable',
  'disk/not-readable': 'disk/not-writable',
}

const isFindingCode = (code: string): code is FindingCode => Object.hasOwn(codes, code)
