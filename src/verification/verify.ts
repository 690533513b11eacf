import { notKnown, type Proof } from '../core/proof.ts'
import { reasonOf } from '../core/problem.ts'
import { certificateIsServed } from './checks/certificate-is-served.ts'
import { edgeIsKnown } from './checks/edge-is-known.ts'
import { edgeLeadsHome } from './checks/edge-leads-home.ts'
import { homeIsClosed } from './checks/home-is-closed.ts'
import { httpsOnly } from './checks/https-only.ts'
import { nameLeadsToEdge } from './checks/name-leads-to-edge.ts'
import { isFault, safeguardsAgree } from './checks/safeguards-agree.ts'
import { tokenIsNarrow } from './checks/token-is-narrow.ts'
import { visitorIsSeen } from './checks/visitor-is-seen.ts'
import { webSocketOpens } from './checks/websocket-opens.ts'
import { claims } from './claims.ts'
import type { Check, Subject } from './types.ts'
import { fold, verdictOf, type Verdict } from './verdict.ts'

const checks: readonly Check[] = [
  nameLeadsToEdge,
  edgeLeadsHome,
  webSocketOpens,
  visitorIsSeen,
  httpsOnly,
  homeIsClosed,
  certificateIsServed,
  edgeIsKnown,
  tokenIsNarrow,
  safeguardsAgree,
]

/** Makes every proof at once: none of them changes anything. `told` hears of each check that is done. */
export async function verify(
  subject: Subject,
  told: (name: string, left: number) => void,
  signal: AbortSignal,
): Promise<Verdict> {
  let left = checks.length
  const [proofs, advice] = await Promise.all([
    Promise.all(
      checks.map(async (check) => {
        const made = await run(check, subject, signal)
        told(check.name, --left)
        return made
      }),
    ),
    adviceOf(subject, signal),
  ])
  const folded = fold(proofs.flat())
  return {
    verdict: verdictOf(folded),
    checkedAt: subject.now().toISOString(),
    vantage: subject.vantage?.name ?? null,
    proofs: folded,
    advice,
  }
}

/** A check that fails itself has proven nothing: what it would have found is not known. */
async function run(check: Check, subject: Subject, signal: AbortSignal): Promise<readonly Proof[]> {
  try {
    return await check.run(subject, signal)
  } catch (error) {
    signal.throwIfAborted()
    return check.codes.map((code) =>
      notKnown(code, `not known: ${check.name} (${reasonOf(error)})`, {
        hint: 'run `gatehouse verify` again',
      }),
    )
  }
}

async function adviceOf(subject: Subject, signal: AbortSignal): Promise<Verdict['advice']> {
  const promised = new Set(Object.values(claims).flatMap((list) => list.map(([code]) => code)))
  const looked = await subject.findings(signal)
  const checked = new Set(checks.flatMap(({ codes }) => codes))
  return looked.flatMap(({ findings }) =>
    findings.is === 'known'
      ? findings.value.filter(
          ({ code, unseen }) =>
            !unseen && !promised.has(code) && !checked.has(code) && !isFault(code),
        )
      : [],
  )
}
