import { readFile } from 'node:fs/promises'
import { setTimeout as sleep } from 'node:timers/promises'

import { startGenerator } from '../../load/generator.ts'
import type { Figures } from '../measure.ts'
import type { Contender } from './contender.ts'
import { family } from '../../load/family.ts'
import type { Place } from '../../load/place.ts'

/** As it stands, before any load. PSS counts what its processes share only once. */
export async function idleMemory(contender: Contender): Promise<Figures> {
  const { rss, pss } = await kibOf(contender)
  return { idleRssMiB: mib(rss), idlePssMiB: mib(pss) }
}

/** After the load and a pause, and what each of so many WebSockets takes that say nothing. */
export async function loadedMemory(
  place: Place,
  contender: Contender,
  webSockets: number,
): Promise<Figures> {
  const before = await kibOf(contender)
  const sockets = await startGenerator('hold', place.load(contender.port), {
    connections: webSockets,
  })
  await sockets.says(/^held$/mu)
  // What was only needed to open them is given back, if it ever is.
  await sleep(2000)
  const during = await kibOf(contender)
  await sockets.finish()
  return {
    afterLoadRssMiB: mib(before.rss),
    kibPerWebSocket: Number(((during.rss - before.rss) / webSockets).toFixed(1)),
  }
}

const mib = (kib: number): number => Number((kib / 1024).toFixed(1))

/** What a process and all that it started hold in memory now, in KiB. */
async function kibOf({
  child,
}: Contender): Promise<{ readonly rss: number; readonly pss: number }> {
  let rss = 0
  let pss = 0
  for (const each of await family(child.process.pid ?? 0)) {
    const rollup = await readFile(`/proc/${each}/smaps_rollup`, 'utf8').catch(() => '')
    rss += figure(rollup, 'Rss')
    pss += figure(rollup, 'Pss')
  }
  return { rss, pss }
}

const figure = (rollup: string, what: string): number =>
  Number(new RegExp(`^${what}:\\s+(\\d+) kB$`, 'mu').exec(rollup)?.[1] ?? 0)
