import { setTimeout as sleep } from 'node:timers/promises'

import { describeDuration, milliseconds, minutes, type Duration } from '../../core/duration.ts'
import { Problem } from '../../core/problem.ts'
import { lookUpTexts, type Said } from './lookup.ts'
import type { DnsServer } from './query.ts'

export type PropagationOptions = {
  /** The authoritative servers, all of them. */
  readonly servers: readonly DnsServer[]
  /** Waited after every server here agrees: the CA may ask another site of the same anycast address. */
  readonly margin: Duration
  readonly atMost?: Duration
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
  const started = performance.now()
  for (let pause = 100; ; pause = Math.min(pause * 1.5, 2000)) {
    const said = await lookUpTexts(options.servers, { name, recursive: false }, signal)
    const behind = said.filter(
      (each) => 'values' in each && !(each.authoritative && each.values.includes(value)),
    )
    const answering = said.filter((each) => 'values' in each)
    if (answering.length > 0 && behind.length === 0) break
    const elapsed = milliseconds(performance.now() - started)
    if (elapsed > atMost) throw notServed(name, said, behind, elapsed)
    await sleep(pause, undefined, { signal })
  }
  if (options.margin > 0) await sleep(options.margin, undefined, { signal })
}

function notServed(
  name: string,
  said: readonly Said<string>[],
  behind: readonly Said<string>[],
  elapsed: Duration,
): Problem {
  const intercepted = behind.length > 0 && behind.every((each) => !each.authoritative)
  const where = (behind.length > 0 ? behind : said)
    .map(({ server }) => `${server.host}:${server.port}`)
    .join(', ')
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
