import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'

import { addresses } from '../network/addresses.ts'
import { must } from '../network/namespaces.ts'
import { tool } from '../toolbox/tool.ts'
import { figuresOf, measureChanges } from './address/changes.ts'
import { homeBehindMiniupnpd, type ChangingHome } from './address/home.ts'
import { peers, startPeer } from './address/peers.ts'
import { countWrongWrites } from './address/wrong-writes.ts'
import type { Benchmark, BenchmarkRun } from './benchmark.ts'
import { median, summarize, type Figures } from './measure.ts'

/**
 * From the router being given another address to the API holding it. The router is the real miniupnpd, in a
 * namespace of its own; the API is spoken to over TLS at its true name.
 */
export const benchmark: Benchmark = {
  says: 'from the provider changing the address of the home to the API holding the new record',
  cases: {
    event: { unit: 'ms', better: 'lower' },
    poll: { unit: 'ms', better: 'lower' },
  },
  async run(how) {
    const miniupnpd = await tool('miniupnpd')
    if ('missing' in miniupnpd) throw new Error(miniupnpd.missing)
    const event = await withKeeper(miniupnpd.command, false, {
      count: how.quick ? 8 : 200,
      patienceMs: 20_000,
      how: { ...how, progress: (text) => how.progress(`by event, ${text}`) },
    })
    const poll = await withKeeper(miniupnpd.command, true, {
      count: how.quick ? 1 : 12,
      patienceMs: 65_000,
      how: { ...how, progress: (text) => how.progress(`every event lost, ${text}`) },
    })
    const others = await measurePeers(miniupnpd.command, how)
    const faults = await countWrongWrites(how)
    const eventMedian = median(event)
    return {
      ours: {
        event: figuresOf(event),
        poll: figuresOf(poll),
        wrongWrites: faults.wrong.length,
        faultScripts: faults.scripts,
      },
      peers: others.figures,
      ratios: Object.fromEntries(
        Object.entries(others.samples).map(([name, samples]) => [
          name,
          { event: summarize(samples.map((each) => eventMedian / each)) },
        ]),
      ),
      missing: others.missing,
      notes: [
        ...peers.map(
          ({ name, defaultSeconds, seconds }) =>
            `${name} at ${seconds} s between two looks instead of its ${defaultSeconds} s (scaled 1:${defaultSeconds / seconds}); the time it waits grows with that, the time it works does not`,
        ),
        'favonia/cloudflare-ddns took no part: its module is not to be had from the Go proxy of this machine',
        'every event lost: announcements and UPnP events are dropped on the way; the rhythm is that of `gatehouse run`, not scaled',
        ...faults.wrong.map((each) => `WRONG: ${each}`),
      ],
    }
  },
}

async function withKeeper(
  command: readonly string[],
  deaf: boolean,
  wanted: { readonly count: number; readonly patienceMs: number; readonly how: BenchmarkRun },
): Promise<number[]> {
  await using home = await homeBehindMiniupnpd(command)
  await home.keep()
  if (deaf) await loseEvents(home)
  return await measureChanges(home, {
    ...wanted,
    // By event at a pace that the keeper does not take for a storm (half a look a second); by poll at any moment of the rhythm.
    pause: deaf ? [100, 45_000] : [2500, 7500],
    signal: wanted.how.signal,
    progress: (text) => wanted.how.progress(text),
  })
}

/** What the router says unasked does not arrive. */
async function loseEvents({ story: { net } }: ChangingHome): Promise<void> {
  const file = join(net.folder, 'deaf.nft')
  const { lan } = addresses.router
  await writeFile(
    file,
    [
      'table ip deaf {',
      'chain arriving {',
      'type filter hook input priority -10;',
      'udp dport 5350 drop',
      `ip saddr ${lan} tcp flags & (syn | ack) == syn drop`,
      '}',
      '}',
    ].join('\n'),
  )
  await must(net.home.inside(['nft', '-f', file]))
}

async function measurePeers(command: readonly string[], how: BenchmarkRun) {
  const figures: Record<string, Figures> = {}
  const samples: Record<string, number[]> = {}
  const missing: Record<string, string> = {}
  for (const peer of peers) {
    await using home = await homeBehindMiniupnpd(command)
    const started = await startPeer(peer, home.story)
    if ('missing' in started) {
      missing[peer.name] = started.missing
      continue
    }
    const patienceMs = peer.seconds * 3000
    // Its first look, which may take it longer.
    const measure = (count: number) =>
      measureChanges(home, {
        count,
        pause: [100, peer.seconds * 1000],
        patienceMs,
        signal: how.signal,
        progress: (text) => how.progress(`${peer.name}, ${text}`),
      })
    try {
      await measure(1)
      const measured = await measure(how.quick ? 2 : Math.round(240 / peer.seconds))
      samples[peer.name] = measured
      figures[peer.name] = {
        event: {
          ...figuresOf(measured),
          scale: peer.defaultSeconds / peer.seconds,
          secondsBetweenLooks: peer.seconds,
          defaultSecondsBetweenLooks: peer.defaultSeconds,
        },
      }
    } catch (error) {
      how.signal.throwIfAborted()
      missing[peer.name] = error instanceof Error ? error.message : String(error)
    } finally {
      await started.stop()
    }
  }
  return { figures, samples, missing }
}
