import { randomBytes } from 'node:crypto'

import { issue } from './certificates.ts'
import { inWindow } from './renewal.ts'
import { namesIn } from './issuer.ts'
import { registeredDomain } from './limits.ts'
import { json, Refusal, type Reply } from './reply.ts'
import {
  newId,
  type Account,
  type Authorization,
  type Issued,
  type Order,
  type State,
} from './state.ts'

type NewOrder = {
  readonly identifiers: readonly { readonly type: string; readonly value: string }[]
  readonly profile?: string
  readonly replaces?: string
}

export function newOrder(state: State, account: Account, payload: NewOrder): Reply {
  const names = payload.identifiers.map(({ value }) => value.toLowerCase()).sort()
  const unknown = payload.identifiers.find(({ type }) => type !== 'dns')
  if (unknown) throw new Refusal(400, 'unsupportedIdentifier', `no ${unknown.type} here`)
  const profile = payload.profile ?? Object.keys(state.profiles)[0] ?? ''
  if (!state.profiles[profile])
    throw new Refusal(400, 'invalidProfile', `there is no profile ${profile}`)
  const predecessor = predecessorOf(state, account, payload.replaces)
  const exempt = predecessor !== undefined && inWindow(state, predecessor)
  if (!exempt) checkLimits(state, account, names)
  if (predecessor) predecessor.replaced = true
  const order: Order = {
    id: newId(),
    account: account.id,
    names,
    status: 'pending',
    profile,
    exempt,
    authorizations: names.map((name) => authorize(state, account, name).id),
  }
  state.orders.set(order.id, order)
  return showOrder(state, order, 201)
}

/** RFC 9773 section 5: of the same account, and not replaced yet. */
function predecessorOf(
  { issued }: State,
  account: Account,
  replaces: string | undefined,
): Issued | undefined {
  if (replaces === undefined) return undefined
  const found = issued.find(({ ariId }) => ariId === replaces)
  if (!found || found.account !== account.id)
    throw new Refusal(400, 'malformed', 'the certificate to replace is not known')
  if (found.replaced)
    throw new Refusal(409, 'alreadyReplaced', 'the certificate was replaced already')
  return found
}

function checkLimits({ meter }: State, account: Account, names: readonly string[]): void {
  meter.check('ordersPerAccount', account.id)
  for (const name of names) meter.check('failuresPerName', `${name} of ${account.id}`)
  for (const domain of new Set(names.map(registeredDomain)))
    meter.check('certificatesPerDomain', domain)
  meter.check('certificatesPerSetOfNames', names.join())
  meter.spend('ordersPerAccount', account.id)
}

/** An authorization of the account that is not spent is reused, as Boulder does. */
function authorize(state: State, account: Account, wanted: string): Authorization {
  const wildcard = wanted.startsWith('*.')
  const name = wildcard ? wanted.slice(2) : wanted
  const reusable = [...state.authorizations.values()].find(
    (each) =>
      each.account === account.id &&
      each.name === name &&
      each.wildcard === wildcard &&
      (each.status === 'valid' || each.status === 'pending'),
  )
  if (reusable) return reusable
  const token = randomBytes(24).toString('base64url')
  const fresh: Authorization = {
    id: newId(),
    account: account.id,
    name,
    wildcard,
    status: 'pending',
    token,
  }
  state.authorizations.set(fresh.id, fresh)
  return fresh
}

export function showOrder(state: State, order: Order, status = 200): Reply {
  const { url, authorizations, now } = state
  const states = order.authorizations.map((id) => authorizations.get(id)?.status)
  if (order.status === 'pending' && states.every((each) => each === 'valid')) order.status = 'ready'
  if (order.status === 'pending' && states.some((each) => each !== 'valid' && each !== 'pending'))
    order.status = 'invalid'
  return json(
    {
      status: order.status,
      expires: new Date(now().getTime() + 7 * 86_400_000).toISOString(),
      identifiers: order.names.map((value) => ({ type: 'dns', value })),
      profile: order.profile,
      authorizations: order.authorizations.map((id) => url('authz', id)),
      finalize: url('finalize', order.id),
      ...(order.certificate === undefined
        ? {}
        : { certificate: url('certificate', order.certificate) }),
      ...(order.error === undefined ? {} : { error: order.error }),
    },
    status,
    {
      location: url('order', order.id),
      // Boulder: orderRetryAfter is 3; a lab is quicker.
      ...(order.status === 'processing' ? { 'retry-after': '1' } : {}),
    },
  )
}

export async function finalize(
  state: State,
  order: Order,
  payload: { readonly csr: string },
): Promise<Reply> {
  showOrder(state, order)
  if (order.status !== 'ready')
    throw new Refusal(403, 'orderNotReady', `the order is ${order.status}`)
  const csr = Buffer.from(payload.csr, 'base64url')
  if (namesIn(csr).join() !== order.names.join())
    throw new Refusal(400, 'badCSR', 'the names of the request are not those of the order')
  order.status = 'processing'
  try {
    order.certificate = await issue(state, order, csr)
  } catch (error) {
    order.status = 'invalid'
    throw new Refusal(400, 'badCSR', String(error))
  }
  order.status = 'valid'
  if (!order.exempt) {
    for (const domain of new Set(order.names.map(registeredDomain)))
      state.meter.spend('certificatesPerDomain', domain)
    state.meter.spend('certificatesPerSetOfNames', order.names.join())
  }
  return showOrder(state, order)
}
