import { setTimeout as sleep } from 'node:timers/promises'

import type { AddressBook, HomeAddresses } from '../compose/address/book.ts'
import { families, type Address, type Family } from '../core/address.ts'
import { later, milliseconds, minutes, seconds, since, type Duration } from '../core/duration.ts'
import type { Fact } from '../core/fact.ts'
import { reasonOf } from '../core/problem.ts'
import type { AddressStatus } from './status.ts'
import type { Trigger, TriggerSource } from './trigger.ts'
import { makeWaker, type Waker } from './waker.ts'

/** Who rings when something may have changed. It rings until the signal, and never says what it heard. */
export type HintSource = (
  ring: (because: string) => void,
  say: (text: string) => void,
  signal: AbortSignal,
) => Promise<void>

export type AddressWatchOptions = {
  readonly book: AddressBook
  readonly hints: readonly HintSource[]
  readonly now: () => Date
  /** 0 (included) to 1 (excluded). */
  readonly random: () => number
  /** Shown what was found, each time that somebody was asked. */
  readonly show: (homes: HomeAddresses) => void
  /** Told what is listened to, and why something is not. */
  readonly say: (text: string) => void
  /** How often the signs are read although nobody rang: the longest that a change goes unnoticed. */
  readonly poll?: Duration
}

/** With a tenth of jitter, and a look that takes seconds, still within a minute. */
const pollEvery: Duration = seconds(45)
/** Rings of one change come in a bunch. */
const debounce: Duration = milliseconds(5)
/** A hint may come before the change is through: after one the signs are read again for a while. */
const followUps: readonly Duration[] = [50, 150, 400, 1000, 3000, 8000].map(milliseconds)
/**
 * After so many rings in a row that led to nothing, only so many a second are heard. A router announces one change ten
 * times over minutes (RFC 6886 section 3.2.1): where it moves again meanwhile, the next change must not wait long.
 */
const patience = 20
const flooded: Duration = milliseconds(200)
/** As long as the sources do not agree they are asked again, less and less often. */
const retries: readonly Duration[] = [
  ...[100, 250, 500, 1000, 2000, 5000, 10_000, 20_000, 60_000].map(milliseconds),
  minutes(5),
]

/**
 * Notices within milliseconds that the home has another public address, and has the records looked at.
 *
 * A hint leads to a reading of the signs (the router's word, this machine's own addresses), which costs
 * nobody outside anything. Only where they differ are the sources asked, and only when these agree on
 * something new does it fire. With every hint lost the signs are read in a slow rhythm.
 */
export const addressWatch =
  (options: AddressWatchOptions): TriggerSource =>
  async (fire, signal) => {
    const waker = makeWaker()
    const hints = options.hints.map((hint) =>
      hint(
        (because) => waker.ring(because),
        (text) => options.say(text),
        signal,
      ).catch((error: unknown) => {
        if (!signal.aborted) options.say(reasonOf(error))
      }),
    )
    await Promise.all([...hints, watch(options, waker, fire, signal)])
  }

async function watch(
  options: AddressWatchOptions,
  waker: Waker,
  fire: (trigger: Trigger) => void,
  signal: AbortSignal,
): Promise<void> {
  const { now, random, poll = pollEvery } = options
  const look = looker(options, waker, fire, signal)
  let because: string | undefined
  let following: readonly Duration[] = []
  let vain = 0
  while (!signal.aborted) {
    const seen = await look(because ?? 'the address was looked at in its rhythm')
    vain = seen.changed ? 0 : vain + (because === undefined ? 0 : 1)
    const pauses = [
      poll * (0.9 + 0.2 * random()),
      ...following.slice(0, 1),
      ...(seen.again ? [Math.max(0, since(now(), seen.again))] : []),
    ]
    because = await waker.wait(Math.min(...pauses), signal)
    if (because === undefined) following = following.slice(1)
    else {
      following = followUps
      await sleep(vain > patience ? flooded : debounce, undefined, { signal }).catch(
        () => undefined,
      )
    }
  }
}

/** One look after the other; each says whether something new was found, and when to look again at the latest. */
function looker(
  { book, now, show }: AddressWatchOptions,
  waker: Waker,
  fire: (trigger: Trigger) => void,
  signal: AbortSignal,
): (because: string) => Promise<{ readonly changed: boolean; readonly again?: Date }> {
  /** The signs under which the sources agreed last; and those that they were last asked under. */
  let agreed: string | undefined
  let tried: string | undefined
  let tries = 0
  let again: Date | undefined
  const shown = new Map<Family, string>()

  return async (because) => {
    const signs = await book.signs(signal).catch(() => tried)
    if (signal.aborted) return { changed: false }
    if ((await book.router())?.beganAnew())
      fire({ look: ['port-forward', 'dns-record'], because: 'the router has started anew' })
    const due = again !== undefined && again <= now()
    if (!due && (signs === agreed || (signs === tried && again !== undefined)))
      return { changed: false, ...(again ? { again } : {}) }

    const homes = await confirm(book, signs, waker, signal)
    const first = shown.size === 0
    if (homes) show(homes)
    const moved = homes ? families.filter((each) => moves(homes[each], shown.get(each))) : []
    for (const each of homes ? families : [])
      if (first || moved.includes(each)) shown.set(each, homes ? textOf(homes[each]) : '')
    if (moved.length > 0 && !first) fire({ look: ['dns-record'], because })

    const settled = homes !== undefined && families.every((each) => homes[each].is !== 'unknown')
    tries = settled || signs !== tried ? 0 : tries + 1
    agreed = settled ? signs : undefined
    tried = signs
    again = settled ? undefined : retryAt(homes, tries, now())
    return { changed: moved.length > 0, ...(again ? { again } : {}) }
  }
}

/**
 * Asks the sources. When the signs change meanwhile the answer would be of yesterday: `undefined`, and
 * the waker rings for another try.
 */
async function confirm(
  book: AddressBook,
  signs: string | undefined,
  waker: Waker,
  signal: AbortSignal,
): Promise<HomeAddresses | undefined> {
  const giveUp = new AbortController()
  const done = new AbortController()
  const asking = book
    .renew(AbortSignal.any([signal, giveUp.signal]))
    .catch(() => undefined)
    .finally(() => done.abort())
  let heard: string | undefined
  while (!done.signal.aborted && !signal.aborted) {
    const rang = await waker.wait(minutes(1), AbortSignal.any([signal, done.signal]))
    if (rang === undefined) continue
    heard ??= rang
    if ((await book.signs(signal).catch(() => signs)) !== signs) giveUp.abort()
  }
  if (heard !== undefined) waker.ring(heard)
  return asking
}

const moves = (fact: Fact<Address>, before: string | undefined): boolean =>
  fact.is !== 'unknown' && textOf(fact) !== before

const textOf = (fact: Fact<Address>): string => (fact.is === 'known' ? fact.value.text : fact.is)

function retryAt(homes: HomeAddresses | undefined, tries: number, now: Date): Date {
  const retry = later(now, retries[Math.min(tries, retries.length - 1)] ?? minutes(5))
  return homes?.until && homes.until > now && homes.until < retry ? homes.until : retry
}

export const addressStatus = (fact: Fact<Address>): AddressStatus =>
  fact.is === 'known' ? { is: 'known', address: fact.value.text } : fact
