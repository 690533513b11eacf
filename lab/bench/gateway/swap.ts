import { setTimeout as sleep } from 'node:timers/promises'

import { startGenerator, tallyOf } from '../../load/generator.ts'
import { median, type Figures } from '../measure.ts'
import type { Contender } from './contender.ts'
import type { Place } from '../../load/place.ts'

const webSockets = 32

/**
 * Changes the certificate under 1,000 requests/s, with WebSockets open and handshakes one after the other.
 *
 * `swapMs` is the time from asking for it to the end of the first handshake that showed the new one (a few handshakes'
 * worth of coarseness is in it, for all alike); `oldMs` to the beginning of the last that still showed the old one.
 */
export async function swapUnderLoad(
  place: Place,
  contender: Contender,
  to: Place['certificate'],
): Promise<SwapFigures> {
  const load = place.load(contender.port)
  const sockets = await startGenerator('hold', load, { connections: webSockets })
  await sockets.says(/^held$/mu)
  const requests = await startGenerator('rate', load, { 'warmup-ms': 300, ms: 2000 })
  const probes = await startGenerator('probe', load)
  await probes.says(/^steady$/mu)
  await sleep(700)
  const asked = await contender.swap(to)
  await sleep(1000)
  const probed = tallyOf(await probes.finish())
  const answered = tallyOf(await requests.finish())
  const held = tallyOf(await sockets.finish())
  if (probed.firstNew === '0') throw new Error('the new certificate was never served')
  const since = (when = '0'): number => Number(BigInt(when) - asked) / 1e6
  return {
    swapMs: since(probed.firstNew),
    oldMs: Math.max(0, since(probed.lastOld)),
    requests: answered.answers + probed.answers,
    failedRequests: answered.failures + probed.failures,
    droppedWebSockets: webSockets - held.answers,
  }
}

type SwapFigures = Record<
  'swapMs' | 'oldMs' | 'requests' | 'failedRequests' | 'droppedWebSockets',
  number
>

/** Of several swaps: the median of the times, and the sum of what was lost. */
export const sumUp = (swaps: readonly SwapFigures[]): Figures => ({
  swapMs: Number(median(swaps.map(({ swapMs }) => swapMs)).toFixed(1)),
  swap: {
    highestMs: Number(Math.max(...swaps.map(({ swapMs }) => swapMs)).toFixed(1)),
    oldServedMs: Number(median(swaps.map(({ oldMs }) => oldMs)).toFixed(1)),
    requests: sum(swaps.map(({ requests }) => requests)),
    failedRequests: sum(swaps.map(({ failedRequests }) => failedRequests)),
    droppedWebSockets: sum(swaps.map(({ droppedWebSockets }) => droppedWebSockets)),
  },
})

const sum = (values: readonly number[]): number => values.reduce((total, each) => total + each, 0)
