import { html } from 'hono/html'

import { linkTitles } from '../../core/chain.ts'
import type { OpenFinding } from '../../keeper/status.ts'
import { age, prose, type Html } from './words.ts'

/** What a person should act on: causes first, and folded under each what it explains. */
export function findingsSection(findings: readonly OpenFinding[], now: Date): Html | string {
  const causes = findings.filter(({ because }) => because.length === 0)
  if (causes.length === 0) return ''
  return html`<section aria-labelledby="findings">
    <h2 id="findings">To act on</h2>
    <ul class="findings">
      ${causes.map((cause) => findingCard(cause, findings, now))}
    </ul>
  </section>`
}

function findingCard(cause: OpenFinding, all: readonly OpenFinding[], now: Date): Html {
  const explained = all.filter(({ because }) => because.includes(cause.code))
  const hints = new Set(cause.cases.map(({ hint }) => hint))
  return html`<li class="card ${cause.severity}">
    <p class="quiet">
      ${linkTitles[cause.link]} · ${severities[cause.severity]} · since ${age(cause.since, now)} ·
      <code>${cause.code}</code>
    </p>
    ${cause.cases.map(({ says }) => html`<p class="says">${prose(says)}</p>`)}
    ${[...hints].map((hint) => (hint === null ? '' : html`<p class="hint">${prose(hint)}</p>`))}
    ${
      explained.length === 0
        ? ''
        : html`<p class="quiet">which explains:</p>
            <ul class="quiet">
              ${explained.flatMap(({ cases }) => cases.map(({ says }) => html`<li>${says}</li>`))}
            </ul>`
    }
  </li>`
}

const severities = { broken: 'broken', weak: 'weak', notice: 'worth knowing' } as const
