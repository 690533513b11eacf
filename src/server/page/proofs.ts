import { html } from 'hono/html'

import { chain, linkTitles, type Link } from '../../core/chain.ts'
import type { Proof, ProofOutcome } from '../../core/proof.ts'
import type { Verdict } from '../../verification/verdict.ts'
import { age, count, mark, outcomeWord, prose, type Html } from './words.ts'

/** Every proof with its evidence, along the chain. What nobody proved is said to be so. */
export function proofsSection(verdict: Verdict | null, now: Date): Html {
  const proofs = verdict?.proofs ?? []
  return html`<section aria-labelledby="proofs">
    <h2 id="proofs">Proofs</h2>
    ${chain.map((link) =>
      linkProofs(
        link,
        proofs.filter((proof) => proof.link === link),
        now,
      ),
    )}
  </section>`
}

const worstFirst: readonly ProofOutcome[] = ['broken', 'unknown', 'held']

function linkProofs(link: Link, proofs: readonly Proof[], now: Date): Html {
  const sorted = worstFirst.flatMap((outcome) => proofs.filter((each) => each.outcome === outcome))
  const counts = worstFirst
    .map((outcome) => [sorted.filter((each) => each.outcome === outcome).length, outcome] as const)
    .filter(([n]) => n > 0)
    .map(([n, outcome]) => `${n} ${outcomeWord(outcome)}`)
  return html`<details
    class="card"
    id="${link}"
    ${sorted[0]?.outcome === 'broken' ? html`open` : ''}
  >
    <summary>
      <h3>${linkTitles[link]}</h3>
      <span class="quiet"
        >${counts.length === 0 ? 'nothing was proven here' : counts.join(', ')}</span
      >
    </summary>
    <ul class="proofs">
      ${sorted.map((proof) => proofItem(proof, now))}
    </ul>
  </details>`
}

const proofItem = (proof: Proof, now: Date): Html =>
  html`<li>
    <p class="claim">
      ${mark(proof.outcome)}<span>${prose(proof.says)} <code>${proof.code}</code></span>
    </p>
    ${
      proof.hint === undefined || proof.outcome === 'held'
        ? ''
        : html`<p class="hint">${prose(proof.hint)}</p>`
    }
    ${
      proof.evidence.length === 0
        ? ''
        : html`<details id="${proof.code}-evidence">
            <summary class="quiet">${count(proof.evidence.length, 'observation')}</summary>
            <dl class="evidence">
              ${proof.evidence.map(
                ({ asked, from, answered, at }) =>
                  html`<div>
                    <dt>${asked}</dt>
                    <dd>${answered}</dd>
                    <dd class="quiet">from ${from}, ${age(at, now)}</dd>
                  </div>`,
              )}
            </dl>
          </details>`
    }
  </li>`
