import { setTimeout as sleep } from 'node:timers/promises'

import { generate, startGenerator, tallyOf } from '../../load/generator.ts'
import type { Place } from '../../load/place.ts'
import type { Subject } from '../subject.ts'

/** What honest visitors and the machine noticed of an attack. */
export type Noticed = {
  /** Of 200 requests a second over 8 kept connections. */
  readonly answered: number
  readonly failed: number
  readonly p99Ms: number
  /** New connections, each with a request, two at a time. */
  readonly welcomed: number
  readonly turnedAway: number
  readonly beforeMiB: number
  readonly peakMiB: number
  /** Some seconds after it was over. */
  readonly afterMiB: number
}

/** Lets honest visitors come while the attack runs, and watches the gateway's memory. */
export async function meanwhile(
  place: Place,
  subject: Subject,
  attack: () => Promise<unknown>,
): Promise<Noticed> {
  const load = place.load(subject.port)
  // One round first: what the first requests cost is no matter of the attack.
  await generate('rate', load, { 'per-second': 200, ms: 500 })
  const beforeMiB = subject.rssMiB()
  let peakMiB = beforeMiB
  const watching = setInterval(() => {
    peakMiB = Math.max(peakMiB, subject.rssMiB())
  }, 20)
  const kept = await startGenerator('rate', load, {
    'per-second': 200,
    connections: 8,
    'warmup-ms': 0,
    'until-told': 1,
  })
  const fresh = await startGenerator('probe', load)
  await fresh.says(/^steady$/mu)
  try {
    await attack()
  } finally {
    await sleep(200)
  }
  const [visitors, newcomers] = [tallyOf(await kept.finish()), tallyOf(await fresh.finish())]
  await sleep(2500)
  clearInterval(watching)
  return {
    answered: visitors.answers,
    failed: visitors.failures,
    p99Ms: visitors.us.p99 / 1000,
    welcomed: newcomers.answers,
    turnedAway: newcomers.failures,
    beforeMiB,
    peakMiB,
    afterMiB: subject.rssMiB(),
  }
}

export const saidOf = (noticed: Noticed): string =>
  `kept visitors ${noticed.answered} answered, ${noticed.failed} failed, p99 ${noticed.p99Ms.toFixed(1)} ms; ` +
  `new ones ${noticed.welcomed} welcomed, ${noticed.turnedAway} turned away; ` +
  `memory ${noticed.beforeMiB.toFixed(0)} → ${noticed.peakMiB.toFixed(0)} → ${noticed.afterMiB.toFixed(0)} MiB`
