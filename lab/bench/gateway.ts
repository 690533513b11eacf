import { setTimeout as sleep } from 'node:timers/promises'

import type { Benchmark, BenchmarkRun } from './benchmark.ts'
import { cases, measure, type CaseName } from './gateway/cases.ts'
import type { Contender } from './gateway/contender.ts'
import { lineUp, type LineUp } from './gateway/line-up.ts'
import { processorSeconds } from '../load/family.ts'
import { idleMemory, loadedMemory } from './gateway/memory.ts'
import { makePlace, type Place } from '../load/place.ts'
import { sumUp, swapUnderLoad } from './gateway/swap.ts'
import { compare, median, type Figures } from './measure.ts'

type ByName = Record<string, Figures>

/** `--cases` takes these besides: they have no ratio in each round. */
const besides = new Set(['memory', 'swap'])

/** All contenders stand all the time and idle until it is their turn; then each has the gateway's processor for itself. */
export const benchmark: Benchmark = {
  says: 'the same job on one processor each: TLS 1.3, client certificate, ranges, keep-alive to the upstream, one forwarded address',
  cases,
  async run(how) {
    const place = await makePlace()
    try {
      await using contenders = await lineUp(place, how)
      const wants = (name: string): boolean => how.cases?.includes(name) ?? true
      const idle = wants('memory') ? await each(contenders, how, idleMemory) : {}
      const { busy, ...compared } = await race(place, contenders, how)
      const loaded = wants('memory') ? await afterLoad(place, contenders, how) : {}
      const swaps = wants('swap') ? await swapEach(place, contenders, how) : {}
      const all = (name: string, measured: Figures = {}): Figures => ({
        ...measured,
        busy: busy(name),
        ...idle[name],
        ...loaded[name],
        ...swaps[name],
      })
      return {
        ours: all('ours', compared.ours),
        peers: Object.fromEntries(
          Object.entries(compared.peers).map(([name, measured]) => [name, all(name, measured)]),
        ),
        ratios: compared.ratios,
        missing: contenders.missing,
        notes: notes(contenders),
      }
    } finally {
      await place.close()
    }
  },
}

/** The cases, round by round; and which share of the time each contender's processes were at work, 0 to 1. */
async function race(place: Place, contenders: LineUp, how: BenchmarkRun) {
  const seconds = how.quick ? 0.8 : 2
  const shares: Record<string, Record<string, number[]>> = {}
  const contend = (who: string) => async (name: string) => {
    const { port, child } = contenders.get(who)
    const pid = child.process.pid ?? 0
    const [began, used] = [performance.now(), await processorSeconds(pid)]
    const figure = await measure(name as CaseName, who, place.load(port), seconds)
    const share = ((await processorSeconds(pid)) - used) / ((performance.now() - began) / 1000)
    ;((shares[who] ??= {})[name] ??= []).push(share)
    return figure
  }
  const names = (how.cases ?? Object.keys(cases)).filter((name) => !besides.has(name))
  // Nobody starts cold: what is measured is the tenth minute, not the first second.
  for (const name of names) {
    for (const who of ['ours', ...contenders.peers]) {
      how.signal.throwIfAborted()
      how.progress(`warming up ${name}: ${who}`)
      await measure(name as CaseName, who, place.load(contenders.get(who).port), seconds)
    }
  }
  const compared = await compare({
    cases: names,
    rounds: how.quick ? 1 : 5,
    ours: contend('ours'),
    peers: Object.fromEntries(contenders.peers.map((who) => [who, contend(who)])),
    signal: how.signal,
    progress: (text) => how.progress(text),
  })
  const busy = (who: string): Figures =>
    Object.fromEntries(
      Object.entries(shares[who] ?? {}).map(([name, all]) => [
        name,
        Number(median(all).toFixed(2)),
      ]),
    )
  return { ...compared, busy }
}

async function afterLoad(place: Place, contenders: LineUp, how: BenchmarkRun): Promise<ByName> {
  how.progress('a pause, for what is held after the load')
  // Ours gives back what it can after two minutes of rest (src/keeper/rest.ts).
  await sleep(how.quick ? 2000 : 150_000)
  return each(contenders, how, (contender) =>
    loadedMemory(place, contender, how.quick ? 500 : 2000),
  )
}

/** To the next certificate and back, in turns. */
async function swapEach(place: Place, contenders: LineUp, how: BenchmarkRun): Promise<ByName> {
  const pairs = [place.nextCertificate, place.certificate]
  const times = Array.from({ length: how.quick ? 1 : 6 }, (_, i) => pairs[i % 2] ?? pairs[0]!)
  return each(contenders, how, async (contender) => {
    const swaps = []
    for (const pair of times) swaps.push(await swapUnderLoad(place, contender, pair))
    return sumUp(swaps)
  })
}

async function each(
  contenders: LineUp,
  how: BenchmarkRun,
  gather: (contender: Contender) => Promise<Figures>,
): Promise<ByName> {
  const figures: ByName = {}
  for (const name of ['ours', ...contenders.peers]) {
    how.signal.throwIfAborted()
    how.progress(`memory and certificate: ${name}`)
    figures[name] = await gather(contenders.get(name))
  }
  return figures
}

const notes = ({ peers, get }: LineUp): string[] => [
  `peers: ${peers.map((name) => `${name.replace(/-.*/u, '')} ${get(name).version}`).join(', ')}; a name without a version is the current one`,
  'each was seen to serve nobody without our certificate or from outside the ranges, and to forward the one address',
  'ours is the whole of `gatehouse run`, with its keeper: idleRssMiB counts that too',
  ...(peers.includes('bare')
    ? [
        'bare is no contender: TLS and the client certificate on Node as everybody has it, and not a byte read of what it passes on',
      ]
    : []),
  'busy is the share of the time in which the gateway itself was at work: well below 1 it was not what limited the figure',
]
