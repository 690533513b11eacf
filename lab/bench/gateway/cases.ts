import { generate, type Load, type Mode, type Settings, type Tally } from '../../load/generator.ts'

type Case = {
  readonly unit: string
  readonly better: 'lower' | 'higher'
  readonly mode: Mode
  readonly settings: Settings
  readonly figure: (tally: Tally) => number
}

const perSecond = ({ answers, seconds }: Tally): number => answers / seconds
const megabytes = ({ bytes, seconds }: Tally): number => bytes / seconds / 1e6

const requests = (connections: number, size = 1024): Pick<Case, 'mode' | 'settings'> => ({
  mode: 'requests',
  settings: { connections, path: `/bytes/${size}` },
})

/** Everything that is measured as a rate or a time, for each contender alike. */
export const cases = {
  k1: { unit: 'requests/s', better: 'higher', ...requests(1), figure: perSecond },
  k32: { unit: 'requests/s', better: 'higher', ...requests(32), figure: perSecond },
  k256: { unit: 'requests/s', better: 'higher', ...requests(256), figure: perSecond },
  b64: { unit: 'MB/s', better: 'higher', ...requests(16, 65_536), figure: megabytes },
  m10: { unit: 'MB/s', better: 'higher', ...requests(4, 10_000_000), figure: megabytes },
  handshake: {
    unit: 'handshakes/s',
    better: 'higher',
    mode: 'handshakes',
    settings: { connections: 16, path: '/bytes/64' },
    figure: perSecond,
  },
  resumed: {
    unit: 'handshakes/s',
    better: 'higher',
    mode: 'handshakes',
    settings: { connections: 16, path: '/bytes/64', resumes: 1 },
    // Only those that were resumed in truth.
    figure: ({ resumed = 0, seconds }) => resumed / seconds,
  },
  websocket: {
    unit: 'echoes/s',
    better: 'higher',
    mode: 'echo',
    settings: { connections: 32 },
    figure: perSecond,
  },
  p99: {
    unit: 'ms',
    better: 'lower',
    mode: 'rate',
    settings: { connections: 32, 'per-second': 1000, path: '/bytes/1024' },
    figure: ({ us }) => us.p99 / 1000,
  },
} as const satisfies Record<string, Case>

export type CaseName = keyof typeof cases

/** Measures one case once. Rejects when anything but a whole answer came back: a fast refusal is no speed. */
export async function measure(
  name: CaseName,
  who: string,
  load: Load,
  seconds: number,
): Promise<number> {
  const { mode, settings, figure }: Case = cases[name]
  const tally = await generate(mode, load, { ...settings, 'warmup-ms': 400, ms: seconds * 1000 })
  if (tally.failures > 0 || tally.answers === 0)
    throw new Error(`${name} of ${who}: ${tally.failures} failed beside ${tally.answers} answers`)
  return figure(tally)
}
