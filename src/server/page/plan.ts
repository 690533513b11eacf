import { html } from 'hono/html'

import type { Planned } from '../panel.ts'
import { count, type Html } from './words.ts'

/** What `gatehouse apply` would change now, and what it would leave alone, and why. */
export function planPage(planned: readonly Planned[]): Html {
  const steps = planned.flatMap(({ plan }) => (plan.is === 'known' ? plan.value.steps : []))
  const unseen = planned.filter(({ plan }) => plan.is !== 'known').length
  return html`<section>
    <h1>
      ${steps.length > 0 ? `${count(steps.length, 'change')} to make` : unseen > 0 ? 'not everything could be looked at' : 'nothing to change'}
    </h1>
    <p class="quiet">
      Looked at just now; nothing was changed. The keeper puts back what is ours by itself; what it
      does not, <code>gatehouse apply</code> does.
    </p>
    ${planned.map(
      ({ name, plan }) =>
        html`<div class="card">
          <h3>${name}</h3>
          ${
            plan.is === 'known'
              ? html`<ul>
                  ${plan.value.steps.map(({ says }) => html`<li>${says}</li>`)}
                  ${plan.value.left.map((says) => html`<li class="quiet">left alone: ${says}</li>`)}
                  ${
                    plan.value.steps.length + plan.value.left.length === 0
                      ? html`<li class="quiet">nothing to do</li>`
                      : ''
                  }
                </ul>`
              : html`<p>not known: ${plan.is === 'unknown' ? plan.because : 'there is none'}</p>`
          }
        </div>`,
    )}
  </section>`
}
