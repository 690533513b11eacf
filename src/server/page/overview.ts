import { html } from 'hono/html'

import { chain, linkTitles, type Link } from '../../core/chain.ts'
import type { Proof, ProofOutcome } from '../../core/proof.ts'
import type { KeeperStatus } from '../../keeper/status.ts'
import { firstBroken } from '../../verification/verdict.ts'
import { findingsSection } from './findings.ts'
import { keeperSection } from './keeper.ts'
import { proofsSection } from './proofs.ts'
import { age, count, mark, outcomeWord, type Html } from './words.ts'

export type Overview = {
  readonly names: readonly string[]
  readonly status: KeeperStatus
  readonly proving: boolean
  readonly base: string
  readonly token: string
  readonly now: Date
}

/** Everything about the home, in the order in which a person asks: is it fine, where is it not, what now, what is the proof. */
export const overview = (view: Overview): Html => html`
  ${verdictSection(view)}
  <ol class="chain" aria-label="the way of a visitor">
    ${chain.map((link) => linkCard(link, view))}
  </ol>
  ${findingsSection(view.status.findings, view.now)} ${proofsSection(view.status.verdict, view.now)}
  ${keeperSection(view.status, view.now)}
`

function verdictSection({ names, status, proving, base, token, now }: Overview): Html {
  const { verdict } = status
  const outcome = verdict?.verdict ?? 'unknown'
  return html`<section class="verdict ${outcome}">
    <div>
      <p class="host">${names.join(', ')}</p>
      <h1>${mark(outcome)}${headline(status)}</h1>
      <p class="quiet">
        ${
          verdict === null
            ? 'nothing was proven yet since the start'
            : html`proven ${age(verdict.checkedAt, now)},
              ${
                verdict.vantage === null
                  ? 'and nobody outside looked'
                  : html`seen from ${verdict.vantage}`
              }`
        }
      </p>
    </div>
    <form method="post" class="actions">
      <input type="hidden" name="token" value="${token}" />
      <button formaction="${base}/prove" ${proving ? html`disabled` : ''}>
        ${proving ? 'proving …' : 'Prove now'}
      </button>
      <button class="second" formaction="${base}/look">Look now</button>
    </form>
  </section>`
}

function headline({ verdict }: KeeperStatus): string {
  switch (verdict?.verdict) {
    case 'held':
      return 'open through Cloudflare, closed to everybody else'
    case 'broken': {
      const link = firstBroken(verdict.proofs)
      return link === undefined ? 'broken' : `broken at ${linkTitles[link]}`
    }
    case 'unknown':
      return 'nothing is broken, but not everything could be proven'
    case undefined:
      return 'not known yet'
  }
}

function linkCard(link: Link, { status }: Overview): Html {
  const outcome = status.links[link]
  const proofs = (status.verdict?.proofs ?? []).filter((proof) => proof.link === link)
  return html`<li class="${outcome}">
    <a href="#${link}">
      ${mark(outcome)}<strong>${linkTitles[link]}</strong>
      <span class="quiet">${summary(outcome, proofs)}</span>
    </a>
  </li>`
}

function summary(outcome: ProofOutcome, proofs: readonly Proof[]): string {
  const same = proofs.filter((proof) => proof.outcome === outcome).length
  if (same === 0) return outcomeWord(outcome)
  return outcome === 'held' ? count(same, 'proof') : `${same} ${outcomeWord(outcome)}`
}
