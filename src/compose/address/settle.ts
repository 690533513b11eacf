import type { Address } from '../../core/address.ts'
import { later, milliseconds, minutes, seconds, since, type Duration } from '../../core/duration.ts'
import { unknown, type Fact } from '../../core/fact.ts'

/** What was shown of one family so far: enough to tell a move from a flap. */
export type Settled = {
  readonly shown: Fact<Address>
  /** The last address that was shown as known, and the addresses before it, with when each was left. */
  readonly last?: Address
  readonly left: readonly { readonly text: string; readonly at: Date }[]
  /** How often an address came back that had been left, and when. */
  readonly returns: readonly Date[]
  /** What is waited for: an address, or that there is none, since when, and when it will count. */
  readonly waiting?: { readonly text: string; readonly since: Date; readonly until: Date }
}

export const unsettled: Settled = { shown: unknown('nobody was asked yet'), left: [], returns: [] }

/** Two lines that take turns, a modem that redials: what returned twice within this time is flapping. */
const memory: Duration = minutes(10)
const freeReturns = 2
const shortest: Duration = seconds(10)
const longest: Duration = minutes(5)
/** An outage is not a goodbye: only after this is a family taken for gone. */
const goneAfter: Duration = minutes(5)

/**
 * What to show after another look. A new address counts at once. One that comes back again and again
 * counts when it has stayed, for longer each time: the last that lasts wins, and meanwhile nothing is
 * written. A family that is gone counts as gone when it has been so for five minutes.
 */
export function settle(before: Settled, fact: Fact<Address>, now: Date): Settled {
  const fresh = {
    ...before,
    left: before.left.filter(({ at }) => since(at, now) < memory),
    returns: before.returns.filter((at) => since(at, now) < memory),
  }
  if (fact.is === 'unknown') return { ...fresh, shown: fact }
  const text = fact.is === 'known' ? fact.value.text : 'none'
  if (text === (fresh.last?.text ?? 'none')) {
    const { waiting: _over, ...rest } = fresh
    return { ...rest, shown: fact }
  }

  const wait = waitFor(fresh, fact)
  const from = fresh.waiting?.text === text ? fresh.waiting.since : now
  if (since(from, now) < wait) {
    const until = later(from, wait)
    const because =
      fact.is === 'absent'
        ? 'it is gone for the moment'
        : `the address goes to and fro; ${text} counts when it has stayed for ${Math.round(wait / 1000)} s`
    return { ...fresh, shown: unknown(because), waiting: { text, since: from, until } }
  }
  const { last } = fresh
  const returned = fresh.left.some((each) => each.text === text)
  return {
    shown: fact,
    ...(fact.is === 'known' ? { last: fact.value } : {}),
    left: last
      ? [...fresh.left.filter((each) => each.text !== last.text), { text: last.text, at: now }]
      : fresh.left,
    returns: returned ? [...fresh.returns, now] : fresh.returns,
  }
}

function waitFor({ last, left, returns }: Settled, fact: Fact<Address>): Duration {
  if (last === undefined) return milliseconds(0)
  if (fact.is !== 'known') return goneAfter
  if (!left.some(({ text }) => text === fact.value.text)) return milliseconds(0)
  const excess = returns.length - freeReturns
  return milliseconds(excess < 0 ? 0 : Math.min(longest, shortest * 2 ** excess))
}
