import { linkTitles, type Link } from '../core/chain.ts'
import type { Evidence, Proof, ProofOutcome } from '../core/proof.ts'
import { firstBroken, type Verdict } from '../verification/verdict.ts'
import type { Paint } from './paint.ts'
import { marks, painted, sayChain } from './say-chain.ts'

/*
 * Every word on the terminal about proofs. The chain first: a person looks for the broken link. Then
 * what is broken, each with its evidence and its symptoms folded under it; what is not known; what holds.
 */

export function sayVerdict(verdict: Verdict, paint: Paint): string {
  const { proofs, advice } = verdict
  const of = (outcome: ProofOutcome) => proofs.filter((proof) => proof.outcome === outcome)
  const causes = of('broken').filter(({ because }) => because.length === 0)
  const folded = (cause: Proof) =>
    proofs.filter((proof) => proof.outcome !== 'held' && proof.because.includes(cause.code))
  const unexplained = of('unknown').filter(({ because }) => because.length === 0)
  const groups = [
    sayChain((link) => stateOf(link, proofs), paint),
    ...(causes.length > 0
      ? [causes.map((cause) => sayBroken(cause, folded(cause), paint)).join('\n\n')]
      : []),
    ...(unexplained.length > 0
      ? [unexplained.map((proof) => sayProof(proof, paint)).join('\n')]
      : []),
    of('held')
      .map((proof) => sayProof(proof, paint))
      .join('\n'),
    ...(advice.length > 0
      ? [
          [
            paint.dim('  worth knowing'),
            ...advice.map(
              ({ says, hint }) => `  · ${says}${hint === undefined ? '' : paint.dim(`; ${hint}`)}`,
            ),
          ].join('\n'),
        ]
      : []),
    sayEnd(verdict, paint),
  ]
  return groups.filter((group) => group !== '').join('\n\n')
}

function stateOf(link: Link, proofs: readonly Proof[]): ProofOutcome {
  const here = proofs.filter((proof) => proof.link === link)
  if (here.some(({ outcome }) => outcome === 'broken')) return 'broken'
  return here.length > 0 && here.every(({ outcome }) => outcome === 'held') ? 'held' : 'unknown'
}

const sayProof = ({ outcome, says, hint }: Proof, paint: Paint): string =>
  `  ${painted(marks[outcome], outcome, paint)} ${says}${outcome === 'unknown' && hint !== undefined ? paint.dim(`; ${hint}`) : ''}`

function sayBroken(proof: Proof, symptoms: readonly Proof[], paint: Paint): string {
  return [
    `  ${paint.bad(marks.broken)} ${paint.strong(linkTitles[proof.link])}: ${proof.says} ${paint.dim(`(${proof.code})`)}`,
    ...proof.evidence.slice(0, 3).map((each) => `      ${paint.dim(sayEvidence(each))}`),
    ...(proof.evidence.length > 3
      ? [paint.dim(`      and ${proof.evidence.length - 3} more like it (--json has them all)`)]
      : []),
    ...(proof.hint === undefined ? [] : [`      ${paint.warn('hint:')} ${proof.hint}`]),
    ...symptoms.map(({ says }) => `      ${paint.dim(`└ which explains: ${says}`)}`),
  ].join('\n')
}

const sayEvidence = ({ from, asked, answered }: Evidence): string =>
  `from ${from}: ${asked} → ${answered}`

function sayEnd({ verdict, proofs, vantage }: Verdict, paint: Paint): string {
  const count = (outcome: ProofOutcome) =>
    proofs.filter((proof) => proof.outcome === outcome).length
  const counts = `${count('held')} held, ${count('broken')} broken, ${count('unknown')} not known`
  const seen = vantage === null ? 'nobody outside looked' : `seen from ${vantage}`
  switch (verdict) {
    case 'held':
      return `${paint.good('held')}: the house is open through Cloudflare and closed to everybody else (${counts}; ${seen})`
    case 'broken': {
      const link = firstBroken(proofs)
      return `${paint.bad('broken')}${link === undefined ? '' : ` at ${linkTitles[link]}`} (${counts}; ${seen})`
    }
    case 'unknown':
      return `${paint.warn('not known')}: nothing is broken, but not everything could be proven (${counts}; ${seen})`
  }
}
