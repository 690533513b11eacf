import { pinned } from './pinned.ts'
import { startChild, type Child } from './child.ts'
import { loadPrograms } from './programs.ts'

/** Where the load goes, as whom, and with which client certificate (files; none without them). */
export type Load = {
  readonly to: { readonly host: string; readonly port: number }
  readonly from: string
  readonly name: string
  readonly certificate?: { readonly chain: string; readonly key: string }
  /** Which processor it runs on. */
  readonly processor?: number
}

/** The files in `c/` say what each does. */
export type Mode = 'requests' | 'rate' | 'handshakes' | 'echo' | 'hold' | 'probe'

export type Tally = {
  readonly seconds: number
  readonly answers: number
  readonly failures: number
  readonly bytes: number
  /** Microseconds from when a request was due to its whole answer. */
  readonly us: {
    readonly p50: number
    readonly p90: number
    readonly p99: number
    readonly max: number
  }
  /** Of mode `handshakes`. */
  readonly resumed?: number
  /** Of mode `probe`: nanoseconds of the monotonic clock (`process.hrtime.bigint()`). */
  readonly firstNew?: string
  readonly lastOld?: string
}

export type Settings = Readonly<Record<string, string | number>>

/** Runs the load for as long as its settings say. */
export async function generate(mode: Mode, load: Load, settings: Settings = {}): Promise<Tally> {
  return tallyOf(await (await startGenerator(mode, load, settings)).finish())
}

/** Starts a load that runs until it is finished. */
export async function startGenerator(
  mode: Mode,
  load: Load,
  settings: Settings = {},
): Promise<Child> {
  const { generator } = await loadPrograms()
  const { to, from, name, certificate } = load
  const all: Settings = {
    to: `${to.host}:${to.port}`,
    from,
    name,
    ...(certificate ? { cert: certificate.chain, key: certificate.key } : {}),
    ...(mode === 'echo' || mode === 'hold' ? { upgrade: 'yes', path: '/api/websocket' } : {}),
    ...settings,
  }
  const words = Object.entries(all).map(([key, value]) => `${key}=${value}`)
  return startChild(pinned(load.processor, [generator, mode, ...words]))
}

/** The last line it printed is its result; lines before that only say how far it is. */
export const tallyOf = (said: string): Tally =>
  JSON.parse(said.trim().split('\n').at(-1) ?? '') as Tally
