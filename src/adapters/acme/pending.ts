import { days, since } from '../../core/duration.ts'
import { orderIn, type OpenOrder, type Post } from './order.ts'
import { AcmeProblem } from './problem.ts'

/** An order that was placed and whose certificate was not put in use yet, with the key it is for. */
export type PendingOrder = {
  readonly url: string
  readonly keyPem: string
  readonly names: readonly string[]
  readonly profile: string | undefined
  readonly at: Date
}

/**
 * Where such an order is kept. A certificate that was issued and never fetched counts towards five a week
 * all the same: with its order and its key it is fetched by the next run.
 */
export type OrderStore = {
  load(): Promise<PendingOrder | undefined>
  save(order: PendingOrder): Promise<void>
}

/** After that its proofs are gone, and an order of its own costs nothing (Let's Encrypt keeps one for 8 h at least). */
const worthTakingUp = days(1)

/** The kept order, where it is for the same and the CA still knows it. */
export async function takeUp(
  post: Post,
  store: OrderStore,
  wanted: {
    readonly newOrder: string
    readonly names: readonly string[]
    readonly profile: string | undefined
  },
  now: Date,
  signal: AbortSignal,
): Promise<{ readonly open: OpenOrder; readonly keyPem: string } | undefined> {
  const kept = await store.load()
  const same = kept?.names.join() === wanted.names.join() && kept.profile === wanted.profile
  if (!kept || !same || since(kept.at, now) > worthTakingUp) return undefined
  try {
    const order = orderIn(await post(kept.url, undefined, signal))
    return order.value.status === 'invalid'
      ? undefined
      : { open: { url: kept.url, ...order }, keyPem: kept.keyPem }
  } catch (error) {
    if (error instanceof AcmeProblem && error.status < 500 && error.type !== 'rateLimited')
      return undefined
    throw error
  }
}
