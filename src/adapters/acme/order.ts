import { Problem } from '../../core/problem.ts'
import { locationOf } from './account.ts'
import { order, read, type Directory, type Order } from './messages.ts'
import type { Polled } from './poll.ts'
import { AcmeProblem, fromDocument } from './problem.ts'
import type { Answer } from './transport.ts'

/** A signed request as our account. `repeatable` false: a lost answer is thrown, not tried again. */
export type Post = (
  url: string,
  payload: unknown,
  signal: AbortSignal,
  repeatable?: boolean,
) => Promise<Answer>

export type OpenOrder = Polled<Order> & { readonly url: string }

/** Orders a certificate; where the CA does not take `replaces`, once more without it (RFC 9773 section 5). */
export async function placeOrder(
  post: Post,
  { newOrder }: Directory,
  wanted: {
    readonly names: readonly string[]
    readonly profile: string | undefined
    readonly replaces: string | undefined
  },
  signal: AbortSignal,
): Promise<OpenOrder> {
  const payload = {
    identifiers: wanted.names.map((value) => ({ type: 'dns', value })),
    ...(wanted.profile === undefined ? {} : { profile: wanted.profile }),
  }
  const { replaces } = wanted
  let answer: Answer
  try {
    answer = await post(
      newOrder,
      { ...payload, ...(replaces === undefined ? {} : { replaces }) },
      signal,
    )
  } catch (error) {
    // It may name a certificate of another account, or one that was replaced already.
    if (replaces === undefined || !isRefusal(error)) throw error
    answer = await post(newOrder, payload, signal)
  }
  return { url: locationOf(answer), ...orderIn(answer) }
}

/** A pause that is asked for is no opinion on the order. */
const isRefusal = (error: unknown): boolean =>
  error instanceof AcmeProblem &&
  error.status >= 400 &&
  error.status < 500 &&
  error.type !== 'rateLimited'

const finalizeTries = 3

/**
 * Sends the request. Where the answer is lost, the order says whether it arrived: a second certificate
 * for the same names would count towards five a week.
 */
export async function finalize(
  post: Post,
  open: OpenOrder,
  csr: string,
  signal: AbortSignal,
): Promise<Polled<Order>> {
  for (let attempt = 1; ; attempt++) {
    try {
      return orderIn(await post(open.value.finalize, { csr }, signal, false))
    } catch (error) {
      if (attempt === finalizeTries || !mayHaveArrived(error)) throw error
      const seen = orderIn(await post(open.url, undefined, signal))
      if (seen.value.status !== 'ready') return seen
    }
  }
}

const mayHaveArrived = (error: unknown): boolean =>
  error instanceof AcmeProblem
    ? error.status >= 500 || error.type === 'orderNotReady'
    : error instanceof Problem && error.code === 'certificate/authority-unreachable'

export const orderIn = (answer: Answer): Polled<Order> => ({
  value: read(order, answer.json(), 'order'),
  answer,
})

/** Why an order ended without a certificate. */
export const orderFailed = ({ error, status }: Order, now: Date): Problem =>
  error === undefined
    ? new Problem('certificate/refused', `the certificate authority ended the order as ${status}`, {
        hint: 'run the command again in some minutes',
      })
    : fromDocument(error, now)
