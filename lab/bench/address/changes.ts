import { setTimeout as sleep } from 'node:timers/promises'

import { percentile, summarize } from '../measure.ts'
import type { Figures } from '../measure.ts'
import type { ChangingHome } from './home.ts'

export type Changes = {
  readonly count: number
  /** A change is made at a random moment between these after the one before was through, in ms. */
  readonly pause: readonly [number, number]
  /** Longer than this is a failure, and the benchmark ends with it. */
  readonly patienceMs: number
  readonly signal: AbortSignal
  progress(text: string): void
}

/** Changes the address again and again; each sample is the time until the API holds the new one, in ms. */
export async function measureChanges(home: ChangingHome, how: Changes): Promise<number[]> {
  const samples: number[] = []
  const { name, cloud } = home.story
  for (let i = 0; i < how.count; i++) {
    how.signal.throwIfAborted()
    how.progress(`${i + 1} of ${how.count}`)
    await sleep(how.pause[0] + Math.random() * (how.pause[1] - how.pause[0]))
    const address = home.next()
    const from = home.line.moveTo(address)
    const at = await cloud.recordBecame('A', name, address, how.patienceMs)
    if (at === undefined)
      throw new Error(
        `${address} was not there after ${how.patienceMs} ms: ${(await cloud.records()).join(', ')}`,
      )
    samples.push(at - from)
  }
  return samples
}

/** A Summary for the table, and with it what the targets are in. */
export const figuresOf = (samples: readonly number[]): Figures => ({
  ...summarize(samples),
  medianMs: Math.round(percentile(samples, 50)),
  p95Ms: Math.round(percentile(samples, 95)),
  maxMs: Math.max(...samples),
})
