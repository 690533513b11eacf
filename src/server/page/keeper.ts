import { html } from 'hono/html'

import type {
  AddressStatus,
  KeeperStatus,
  LookStatus,
  SafeguardStatus,
} from '../../keeper/status.ts'
import { age, type Html } from './words.ts'

/** What the keeper did last and will do next, and the few facts that people ask for. */
export const keeperSection = (status: KeeperStatus, now: Date): Html => html`
  <section aria-labelledby="keeper">
    <h2 id="keeper">The keeper</h2>
    <div class="card scroll">
      <table>
        <thead>
          <tr>
            <th scope="col">safeguard</th>
            <th scope="col">last look</th>
            <th scope="col">came to</th>
            <th scope="col">next look</th>
          </tr>
        </thead>
        <tbody>
          ${status.safeguards.map((each) => safeguardRow(each, now))}
        </tbody>
      </table>
    </div>
    <dl class="card facts">
      <div>
        <dt>IPv4 of the home</dt>
        <dd>${address(status.addresses.ipv4)}</dd>
      </div>
      <div>
        <dt>IPv6 of the home</dt>
        <dd>${address(status.addresses.ipv6)}</dd>
      </div>
      <div>
        <dt>certificate ends</dt>
        <dd>
          ${status.certificate === null ? 'there is none' : age(status.certificate.notAfter, now)}
        </dd>
      </div>
      <div>
        <dt>running since</dt>
        <dd>${age(status.startedAt, now)}</dd>
      </div>
    </dl>
  </section>
`

const safeguardRow = ({ name, lastLook, nextLook, failures }: SafeguardStatus, now: Date): Html =>
  html`<tr>
    <th scope="row">${name}</th>
    <td data-label="last look">
      ${lastLook === null ? 'not yet' : html`${age(lastLook.at, now)}<br /><span class="quiet">${lastLook.because}</span>`}
    </td>
    <td data-label="came to">
      ${lastLook === null ? 'not known' : came(lastLook)}${failures > 1 ? html`<br /><span class="quiet">${failures} times in a row</span>` : ''}
    </td>
    <td data-label="next look">${nextLook === null ? 'not planned' : age(nextLook, now)}</td>
  </tr>`

const outcomes: Readonly<Record<LookStatus['outcome'], string>> = {
  'as-wished': 'as wished',
  'put-back': 'put back',
  differs: 'not as wished',
  reported: 'differs, and is only reported',
  failed: 'could not look',
}

const came = ({ outcome, did, left, says }: LookStatus): Html =>
  html`${outcomes[outcome]}${says === null ? '' : `: ${says}`}
  ${[...did, ...left.map((each) => `left: ${each}`)].map((each) => html`<br /><span class="quiet">${each}</span>`)}`

function address(status: AddressStatus): string {
  switch (status.is) {
    case 'known':
      return status.address
    case 'absent':
      return 'none'
    case 'unknown':
      return `not known (${status.because})`
  }
}
