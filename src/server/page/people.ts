import { html } from 'hono/html'

import type { Fact } from '../../core/fact.ts'
import { comesFromOutside, type Person, type SecondFactor } from '../../core/second-factor.ts'
import type { ProofOutcome } from '../../core/proof.ts'
import { age, mark, type Html } from './words.ts'

export type PeopleView = {
  /** All of them for an administrator; themself for everybody else. */
  readonly people: Fact<readonly Person[]>
  readonly ways: readonly { readonly href: string; readonly title: string }[]
  readonly now: Date
}

/** Who has a second factor as far as Home Assistant told, and where each shows it. */
export const peoplePage = ({ people, ways, now }: PeopleView): Html =>
  html`<section>
    <h1>Second factor</h1>
    <p>
      A password alone can be guessed, reused or stolen. Home Assistant tells nobody but the user
      whether a second factor is on, so everybody shows it for themself: sign in below with your own
      user. Gatehouse asks Home Assistant that one question, gives the access back at once, and
      keeps the answer with its date; never your password, never a token.
    </p>
    <p class="actions">
      ${ways.map(
        ({ href, title }) =>
          html`<a class="button" href="${href}" target="_top" rel="noreferrer">${title}</a>`,
      )}
    </p>
    ${
      people.is === 'known'
        ? html`<div class="card scroll">
            <table>
              <thead>
                <tr>
                  <th scope="col">user</th>
                  <th scope="col">second factor</th>
                </tr>
              </thead>
              <tbody>
                ${people.value.map((person) => personRow(person, now))}
              </tbody>
            </table>
          </div>`
        : html`<p class="card">
            Who the users are is not known${people.is === 'unknown' ? `: ${people.because}` : ''}.
          </p>`
    }
    <p class="quiet">
      Turn it on in Home Assistant: your profile, Security, Multi-factor authentication. An answer
      older than half a year counts as not known, for it can be turned off any time.
    </p>
  </section>`

const personRow = (person: Person, now: Date): Html =>
  html`<tr>
    <th scope="row">
      ${person.name}
      <span class="quiet">${roles(person).join(', ')}</span>
    </th>
    <td>${mark(outcomeOf(person.secondFactor), '')}${words(person.secondFactor, now)}</td>
  </tr>`

const roles = (person: Person): string[] => [
  ...(person.isAdmin ? ['administrator'] : []),
  ...(person.isActive ? [] : ['not active']),
  ...(person.isActive && !comesFromOutside(person) ? ['at home only'] : []),
]

const outcomeOf = ({ is }: SecondFactor): ProofOutcome =>
  is === 'verified' ? 'held' : is === 'not-verified' ? 'broken' : 'unknown'

function words(factor: SecondFactor, now: Date): Html {
  switch (factor.is) {
    case 'verified':
      return html`verified ${age(factor.at.toISOString(), now)}`
    case 'not-verified':
      return html`none, as of ${age(factor.at.toISOString(), now)}`
    case 'unknown':
      return html`not known: ${factor.because}`
  }
}
