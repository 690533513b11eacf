import { milliseconds, minutes, type Duration } from '../../core/duration.ts'
import { Problem } from '../../core/problem.ts'
import type { Steady } from '../../core/steady.ts'
import type { Answer } from './transport.ts'

export type Polled<T> = { readonly value: T; readonly answer: Answer }

/** A CA that is not done by then has a failure. */
const longest = minutes(10)
const firstPause = 100
const longestPause = 5000
/** A longer pause than this is not waited for here: the order can be taken up by another run. */
const longestRetryAfter = 60

/**
 * Asks until it is done: quickly at first, since most CAs are done within a second, and never before
 * the `Retry-After` of the answer before (RFC 8555 section 7.5.1). Throws Problem
 * `certificate/authority-slow` after ten minutes.
 */
export async function poll<T>(
  first: Polled<T>,
  ask: () => Promise<Polled<T>>,
  done: (value: T) => boolean,
  time: Steady,
  signal: AbortSignal,
): Promise<T> {
  const started = time.elapsed()
  let last = first
  for (let pause = firstPause; !done(last.value); pause = Math.min(pause * 1.6, longestPause)) {
    const asked = pauseAsked(last.answer)
    if (asked === 'too long' || time.elapsed() - started > longest) throw slow(last.answer)
    await time.rest(milliseconds(Math.max(pause, asked)), signal)
    last = await ask()
  }
  return last.value
}

function pauseAsked({ headers }: Answer): Duration | 'too long' {
  const text = headers.get('retry-after') ?? ''
  if (!/^\d{1,9}$/.test(text)) return milliseconds(0)
  const asked = Number(text)
  return asked > longestRetryAfter ? 'too long' : milliseconds(asked * 1000)
}

const slow = ({ headers }: Answer): Problem => {
  const asked = headers.get('retry-after')
  return new Problem(
    'certificate/authority-slow',
    asked === undefined
      ? 'the certificate authority did not finish within ten minutes'
      : `the certificate authority is not done and asks for a pause (${asked} s)`,
    { hint: 'run the command again later' },
  )
}
