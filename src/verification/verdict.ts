import { compareLinks, type Link } from '../core/chain.ts'
import { declared, type FindingCode } from '../core/codes.ts'
import type { Finding } from '../core/finding.ts'
import { notKnown, type Proof, type ProofOutcome } from '../core/proof.ts'

export type Verdict = {
  readonly verdict: ProofOutcome
  readonly checkedAt: string
  /** The vantage's name, or null when nobody outside looked. */
  readonly vantage: string | null
  readonly proofs: readonly Proof[]
  /** Worth knowing; not part of the promise. */
  readonly advice: readonly Finding[]
}

/** Along the chain; each proof that did not hold knows which others of this run explain it. */
export function fold(proofs: readonly Proof[]): readonly Proof[] {
  const merged = needsItsCounterpart(withoutRepeats(proofs))
  const brokenCodes = new Set(
    merged.filter(({ outcome }) => outcome === 'broken').map(({ code }) => code),
  )
  return merged
    .map((proof) =>
      proof.outcome === 'held' ? proof : { ...proof, because: explanations(proof, brokenCodes) },
    )
    .toSorted((a, b) => compareLinks(a.link, b.link))
}

/** Causes, and causes of causes, so that every symptom stands under what is to be mended. */
function explanations(
  { code, outcome }: Proof,
  brokenCodes: ReadonlySet<FindingCode>,
): FindingCode[] {
  const found = new Set<FindingCode>()
  const follow = (causes: readonly string[]): void => {
    for (const cause of brokenCodes) {
      if (found.has(cause) || !causes.includes(cause)) continue
      found.add(cause)
      follow(declared(cause).because ?? [])
    }
  }
  follow(declared(code).because ?? [])
  if (outcome === 'unknown' && seenThroughTheEdge.has(code)) follow(blockers)
  return [...found]
}

/** Nothing behind a broken way can be seen. That is why it is not known, never why it is broken. */
const seenThroughTheEdge: ReadonlySet<FindingCode> = new Set<FindingCode>([
  'edge/certificate',
  'edge/http-allowed',
  'origin/not-reached',
  'origin/open',
  'origin/open-ipv6',
  'origin/plain-http',
  'origin/certificate-visible',
  'origin/other-tenant',
  'certificate/untrusted',
  'home-assistant/not-reached',
  'home-assistant/not-onboarded',
  'home-assistant/rejects-proxy',
  'home-assistant/trusted-networks-outside',
  'home-assistant/websocket',
  'home-assistant/wrong-client-address',
])

const blockers: readonly FindingCode[] = [
  'edge/unreachable',
  'edge/certificate',
  'origin/not-reached',
  'certificate/untrusted',
  'home-assistant/not-reached',
  'home-assistant/rejects-proxy',
]

/** Two checks may look at the same thing: what is broken for one of them is broken. */
function withoutRepeats(proofs: readonly Proof[]): Proof[] {
  const strength = { broken: 2, unknown: 1, held: 0 }
  const byCode = Map.groupBy(proofs, ({ code }) => code)
  return [...byCode.values()].flatMap((same) => {
    const worst = Math.max(...same.map(({ outcome }) => strength[outcome]))
    const kept = same.filter(({ outcome }) => strength[outcome] === worst)
    const says = new Map(kept.map((proof) => [proof.says, proof]))
    return [...says.values()]
  })
}

const aboutDirect: ReadonlySet<FindingCode> = new Set<FindingCode>([
  'origin/open',
  'origin/open-ipv6',
  'origin/plain-http',
  'origin/certificate-visible',
])

/** A home that is off the net is closed too. "Direct fails" counts only if "through the edge works". */
function needsItsCounterpart(proofs: readonly Proof[]): Proof[] {
  const works = proofs.some(
    ({ code, outcome }) => code === 'origin/not-reached' && outcome === 'held',
  )
  if (works) return [...proofs]
  return proofs.map((proof) =>
    proof.outcome === 'held' && aboutDirect.has(proof.code)
      ? notKnown(
          proof.code,
          `${proof.says}; this proves nothing while the edge does not come in either`,
          {
            evidence: proof.evidence,
            hint: 'mend the way through the edge, then verify again',
          },
        )
      : proof,
  )
}

export function verdictOf(proofs: readonly Proof[]): ProofOutcome {
  if (proofs.some(({ outcome }) => outcome === 'broken')) return 'broken'
  return proofs.some(({ outcome }) => outcome === 'unknown') || proofs.length === 0
    ? 'unknown'
    : 'held'
}

/** The first broken link that nothing else of this run explains. */
export function firstBroken(proofs: readonly Proof[]): Link | undefined {
  return proofs.find(({ outcome, because }) => outcome === 'broken' && because.length === 0)?.link
}
