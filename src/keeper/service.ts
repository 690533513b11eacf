import { setTimeout as sleep } from 'node:timers/promises'

import type { ServiceManager, ServiceState } from '../adapters/system/service-manager.ts'
import { milliseconds, minutes } from '../core/duration.ts'
import type { KeeperStatus, StatusReader } from './status.ts'

export type ServiceOptions = {
  readonly manager: ServiceManager
  readonly board: StatusReader
  /** False: the keeper's own loop does not go on. Then the watchdog hears nothing, and systemd starts us anew. */
  readonly alive: () => boolean
  readonly problem: (error: unknown) => void
}

/** Tells the service manager that we are ready, alive, how it stands, and that we stop; until the signal. */
export async function reportService(options: ServiceOptions, signal: AbortSignal): Promise<void> {
  const { manager, board, alive, problem } = options
  // Half of what it waits, as sd_watchdog_enabled(3) recommends.
  const rhythm = manager.watchdog === undefined ? minutes(5) : milliseconds(manager.watchdog / 2)
  let said = ''
  const tell = async (...states: ServiceState[]): Promise<void> => {
    const status = `STATUS=${statusLine(board.read())}` as const
    const news = status === said ? [] : [status]
    said = status
    if (states.length + news.length > 0) await manager.tell(...states, ...news).catch(problem)
  }
  await tell('READY=1')
  while (!signal.aborted) {
    await sleep(rhythm, undefined, { signal }).catch(() => undefined)
    if (!signal.aborted) await tell(...(manager.watchdog && alive() ? ['WATCHDOG=1' as const] : []))
  }
  await manager.tell('STOPPING=1').catch(problem)
}

/** What `systemctl status` shows: the worst that is open. */
export function statusLine({ verdict, findings }: KeeperStatus): string {
  const [worst] = findings
    .filter(({ because }) => because.length === 0)
    .toSorted((a, b) => order.indexOf(a.severity) - order.indexOf(b.severity))
  if (worst) return `${worst.code}: ${worst.cases.map(({ says }) => says).join('; ')}`
  const words = {
    held: 'every proof held',
    broken: 'a proof is broken',
    unknown: 'not everything is known',
  }
  return verdict ? words[verdict.verdict] : 'not proven yet'
}

const order = ['broken', 'weak', 'notice']
