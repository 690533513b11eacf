import { setTimeout as sleep } from 'node:timers/promises'

import { hours, milliseconds, since, type Duration } from '../core/duration.ts'
import { finding, type Finding } from '../core/finding.ts'
import type { Notice, Notifier } from '../core/notice.ts'
import { Problem, reasonOf } from '../core/problem.ts'
import { backoff } from './backoff.ts'
import { openLedger, type Item, type LedgerOptions } from './ledger.ts'

export type TellOptions = Omit<LedgerOptions, 'changed'> & {
  /** The main name of the home. */
  readonly home: string
  /** 0 (included) to 1 (excluded). */
  readonly random: () => number
}

/**
 * Tells people what opened and what was mended, and keeps the history of it, until the signal.
 *
 * What counts is the state: a message that could not be sent and is not true any more is never sent. A way that
 * fails is tried again after a growing pause of its own, and shows as `notify/failing`. After a kill, what was not
 * told to everybody is told again.
 */
export async function tellPeople(options: TellOptions, signal: AbortSignal): Promise<void> {
  const { board, notifiers, now, random, home } = options
  let change = new AbortController()
  const changed = (): void => {
    change.abort()
    change = new AbortController()
  }
  using ledger = openLedger({ ...options, changed })

  const serve = async (notifier: Notifier): Promise<void> => {
    const part = `notify: ${notifier.name}`
    let failures = 0
    while (!signal.aborted) {
      const woken = AbortSignal.any([signal, change.signal])
      const item = ledger.next(notifier)
      const wait = item ? since(now(), item.dueAt) : hours(24)
      if (!item || wait > 0) {
        await pause(wait, woken)
        continue
      }
      try {
        await notifier.notify(noticeOf(home, item), signal)
        if (failures > 0) board.sees(part, [])
        failures = 0
        ledger.done(notifier, item)
      } catch (error) {
        if (signal.aborted) return
        failures++
        board.sees(part, [failing(notifier, error)])
        await pause(backoff(failures, random()), signal)
      }
    }
  }
  // Without anybody to tell the history is kept all the same.
  await Promise.all([aborted(signal), ...notifiers.map(serve)])
}

function noticeOf(home: string, { record }: Item): Notice {
  const { code, severity, link, says, hint, opened, mended } = record
  const is = mended === null ? 'opened' : 'mended'
  return { is, home, code, severity, link, says, hint, at: (mended ?? opened).toISOString() }
}

const failing = ({ name }: Notifier, error: unknown): Finding =>
  finding(
    'notify/failing',
    `${name} does not take messages: ${reasonOf(error)}`,
    (error instanceof Problem ? error.hint : undefined) ?? 'try it with `gatehouse notify test`',
  )

const pause = (duration: Duration, signal: AbortSignal): Promise<void> =>
  sleep(milliseconds(Math.max(0, duration)), undefined, { signal }).catch(() => undefined)

const aborted = (signal: AbortSignal): Promise<void> =>
  new Promise((done) => {
    if (signal.aborted) done()
    else signal.addEventListener('abort', () => done(), { once: true })
  })
