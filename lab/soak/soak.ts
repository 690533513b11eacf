import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'

import { days, hours, type Duration } from '../../src/core/duration.ts'
import { allRanges, embeddedRanges } from '../../src/core/ranges.ts'
import { rangesInForce } from '../../src/core/ranges-change.ts'
import { rangesStore } from '../../src/adapters/system/ranges-store.ts'
import { hostGateway } from '../../src/keeper/host.ts'
import { rhythms } from '../../src/keeper/rhythm.ts'
import type { TaskName } from '../../src/keeper/schedule.ts'
import type { TriggerSource } from '../../src/keeper/trigger.ts'
import { chanceOf } from './chance.ts'
import { notEnded, pairsHeld, recordsHeld, servedHeld } from './checks.ts'
import { startSoakHome, type SoakHome } from './home.ts'
import { weather } from './weather.ts'

export type SoakOptions = {
  readonly seed: number
  readonly lasts: Duration
  /** Life of the certificates in days. */
  readonly life: number
  readonly tell?: (says: string) => void
}

export type SoakReport = {
  readonly days: number
  readonly life: number
  readonly violations: readonly string[]
  readonly happened: number
  readonly certificates: number
  /** Requests that a limit of the authority refused. */
  readonly limited: number
  readonly callsPerDay: number
  /** Used by the heap after a collection, in MiB, at each tenth of the time. */
  readonly heapMiB: readonly number[]
  readonly seconds: number
}

/** A home lives through so much time, with all that happens to it, and is looked at every day. */
export async function soak(options: SoakOptions): Promise<SoakReport> {
  const started = performance.now()
  const chance = chanceOf(options.seed)
  const home = await startSoakHome({
    chance,
    profile: 'lab',
    profiles: { lab: { days: options.life, commonName: false } },
    rhythmOf: (name) => rhythmIn(name, options.life),
  })
  const stop = new AbortController()
  const heapMiB: number[] = []
  let happened = 0
  const daily: TriggerSource = async (_fire, signal) => {
    const wholeDays = Math.round(options.lasts / days(1))
    for (let day = 1; day <= wholeDays && !signal.aborted; day++) {
      await home.clock.pause(days(1), signal)
      home.violations.push(...(await home.clock.work(() => checked(home))))
      if (day % Math.max(1, Math.round(wholeDays / 10)) === 0) heapMiB.push(heap())
    }
    stop.abort()
  }
  const gateway = await hostGateway(home.settings, home.folder, {
    edgeRanges: async () => {
      const kept = await rangesStore(home.folder, home.settings.address.allow).load()
      return allRanges(kept ? rangesInForce(kept) : embeddedRanges)
    },
    now: home.clock.now,
    problem: (error) => home.violations.push(`the gateway: ${String(error)}`),
  })
  try {
    const tell = (says: string) => {
      happened++
      options.tell?.(says)
    }
    const { ended } = home.keep([daily, weather(home, chance, days(4), tell)], stop.signal)
    await ended
    return {
      days: Math.round(options.lasts / days(1)),
      life: options.life,
      violations: home.violations,
      happened,
      certificates: home.authority.issued.length,
      limited: home.authority.counts.limited,
      callsPerDay: Math.round(
        (home.calls.get("Cloudflare's API") ?? 0) / (options.lasts / days(1)),
      ),
      heapMiB,
      seconds: (performance.now() - started) / 1000,
    }
  } finally {
    await gateway[Symbol.asyncDispose]()
    await home.close()
  }
}

/** Looks are rarer than usual, so that years fit into minutes; what happens is not. */
const rare: Readonly<Partial<Record<TaskName, number>>> = {
  'dns-record': 12,
  'home-assistant': 24,
  ranges: 24,
}

function rhythmIn(name: TaskName, life: number): Duration | undefined {
  if (rhythms[name] === undefined) return undefined
  if (name === 'certificate') return hours(life < 10 ? 6 : 12)
  return hours(rare[name] ?? 48)
}

async function checked(home: SoakHome): Promise<string[]> {
  const at = home.clock.now().toISOString()
  const wrong = [
    ...recordsHeld(home),
    ...(await pairsHeld(home)),
    ...(await notEnded(home)),
    ...(await servedHeld(home)),
  ]
  // Only the world remembers every call; the home's memory is what is measured.
  home.cloudflare.api.log.length = 0
  return wrong.map((says) => `${at}: ${says}`)
}

setFlagsFromString('--expose-gc')
// A context of its own sees the flag that was set just now.
const collect = runInNewContext('gc') as () => void

function heap(): number {
  collect()
  return Math.round(process.memoryUsage().heapUsed / 2 ** 20)
}
