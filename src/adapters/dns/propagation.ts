import {
  describeDuration,
  milliseconds,
  minutes,
  seconds,
  type Duration,
} from '../../core/duration.ts'
import { Problem } from '../../core/problem.ts'
import { steady, type Steady } from '../../core/steady.ts'
import { lookUpTexts, type Said } from './lookup.ts'
import type { DnsServer } from './query.ts'

export type PropagationOptions = {
  /** The authoritative servers, all of them. */
  readonly servers: readonly DnsServer[]
  /** Waited after every server here agrees: the CA may ask another site of the same anycast address. */
  readonly margin: Duration
  readonly atMost?: Duration
  readonly time?: Steady | undefined
}

/**
 * Returns when every authoritative server gives the text in an answer of its own (AA bit): a recursive
 * resolver would remember that it was not there yet, and a fixed sleep is too short or too long.
 *
 * Throws Problem `dns/not-propagated`. Servers without a way to them (IPv6 at home) do not count, as
 * long as one can be reached.
 */
export async function waitUntilServed(
  name: string,
  value: string,
  options: PropagationOptions,
  signal: AbortSignal,
): Promise<void> {
  const atMost = options.atMost ?? minutes(5)
  const { time = steady } = options
  const started = time.elapsed()
  const elapsed = () => milliseconds(time.elapsed() - started)
  const watched: Watched = {
    name,
    value,
    answered: false,
    elapsed,
    rest: (duration) => time.rest(duration, signal),
    isOver: () => elapsed() > atMost,
  }
  // Each server is asked at its own pace: one that stays silent must not slow the look at the others.
  const seen = await Promise.all(options.servers.map((server) => watch(server, watched, signal)))
  const behind = seen.filter(({ is }) => is === 'behind')
  if (behind.length > 0 || !seen.some(({ is }) => is === 'served')) {
    throw notServed(name, behind.length > 0 ? behind : seen, elapsed())
  }
  if (options.margin > 0) await time.rest(options.margin, signal)
}

type Watched = {
  readonly name: string
  readonly value: string
  /** Some server has answered, so a silent one is the exception and not the network. */
  answered: boolean
  readonly elapsed: () => Duration
  readonly rest: (duration: Duration) => Promise<void>
  readonly isOver: () => boolean
}

type Seen = {
  readonly is: 'served' | 'behind' | 'unreachable'
  readonly server: DnsServer
  readonly authoritative: boolean
}

/** One small question to one server: what is waited for usually comes within seconds, and half of this is lost on average. */
const brisk = milliseconds(200)
/** What has not come by then takes long. */
const patient = minutes(1)
const leisurely = seconds(2)

/** Silences in a row after which a server that never said a word counts as one without a way to it. */
const silences = 2

async function watch(server: DnsServer, watched: Watched, signal: AbortSignal): Promise<Seen> {
  const { name, value } = watched
  let last: Said<string> | undefined
  let silent = 0
  for (;;) {
    const [said] = await lookUpTexts([server], { name, recursive: false }, signal)
    if (said && 'values' in said) {
      last = said
      watched.answered = true
      if (said.authoritative && said.values.includes(value))
        return { is: 'served', server, authoritative: true }
    } else silent++
    if (watched.isOver() || (watched.answered && last === undefined && silent >= silences)) {
      return {
        is: last === undefined ? 'unreachable' : 'behind',
        server,
        authoritative: last?.authoritative ?? false,
      }
    }
    await watched.rest(watched.elapsed() < patient ? brisk : leisurely)
  }
}

function notServed(name: string, seen: readonly Seen[], elapsed: Duration): Problem {
  const intercepted =
    seen.some(({ is }) => is === 'behind') && seen.every(({ authoritative }) => !authoritative)
  const where = seen.map(({ server }) => `${server.host}:${server.port}`).join(', ')
  return new Problem(
    'dns/not-propagated',
    `${name} is not served by ${where} after ${describeDuration(elapsed)}`,
    {
      hint: intercepted
        ? 'the answers do not come from the authority: the router or the provider intercepts DNS; set dns.nameservers to a server that is not intercepted'
        : 'run the command again in some minutes; the certificate authority was not asked, so nothing was used up',
    },
  )
}
