import type { BenchmarkRun } from '../benchmark.ts'
import { bare } from './bare.ts'
import { caddy } from './caddy.ts'
import type { Contender, StartContender } from './contender.ts'
import { haproxy } from './haproxy.ts'
import { nginx } from './nginx.ts'
import { ours } from './ours.ts'
import type { Place } from '../../load/place.ts'
import { mustDoTheJob } from './same-job.ts'

/** A name without a version is the current one, of Debian sid; with one, that of Debian 12. */
const all: Readonly<Record<string, StartContender>> = {
  ours,
  nginx: nginx('nginx'),
  haproxy: haproxy('haproxy'),
  caddy: caddy('caddy'),
  'nginx-1.22': nginx('nginx-1.22'),
  'haproxy-2.6': haproxy('haproxy-2.6'),
  'caddy-2.6': caddy('caddy-2.6'),
}

/** Measured only where it is named, and not held to the job. */
const floors: Readonly<Record<string, StartContender>> = { bare }

export type LineUp = AsyncDisposable & {
  readonly peers: readonly string[]
  /** Contenders that are not to be had here, and why. */
  readonly missing: Readonly<Record<string, string>>
  get(name: string): Contender
}

/** Starts ours and the peers, and does not go on before each was seen to do the whole job. */
export async function lineUp(place: Place, how: BenchmarkRun): Promise<LineUp> {
  const standing = new Map<string, Contender>()
  const missing: Record<string, string> = {}
  const close = async (): Promise<void> => {
    for (const { child } of standing.values()) await child.stop()
  }
  try {
    const wanted = [
      ...Object.entries(all).filter(
        ([name]) => name === 'ours' || (how.peers?.includes(name) ?? true),
      ),
      ...Object.entries(floors).filter(([name]) => how.peers?.includes(name)),
    ]
    for (const [index, [name, start]] of wanted.entries()) {
      how.signal.throwIfAborted()
      how.progress(`starting ${name}`)
      try {
        standing.set(name, await start(place, 8443 + index))
      } catch (error) {
        if (name === 'ours') throw error
        missing[name] = error instanceof Error ? error.message : String(error)
      }
    }
    for (const [name, { port }] of standing) {
      if (name in floors) continue
      how.progress(`does ${name} do the whole job?`)
      await mustDoTheJob(place, name, port)
    }
  } catch (error) {
    await close()
    throw error
  }
  return {
    peers: [...standing.keys()].filter((name) => name !== 'ours'),
    missing,
    get(name) {
      const found = standing.get(name)
      if (!found) throw new Error(`${name} does not stand`)
      return found
    },
    [Symbol.asyncDispose]: close,
  }
}
