import { countCalls } from '../adapters/system/calls.ts'
import type { Home } from '../compose/home.ts'
import { partiesOf } from '../compose/parties.ts'
import type { Settings } from '../config/settings.ts'
import { addressOf } from '../core/address.ts'
import type { Gateway } from '../gateway/gateway.ts'
import type { Board } from '../keeper/board.ts'
import { countLooks } from '../keeper/look-counts.ts'
import type { Bell } from '../keeper/bell.ts'
import { startControl, startReading, type Control } from '../server/control.ts'
import { metricsType } from '../server/exposition.ts'
import { metricsText } from '../server/metrics.ts'
import { version } from './version.ts'

export type Observing = {
  readonly settings: Settings
  readonly home: Home
  readonly board: Board
  /** `undefined` where none runs in this process. */
  readonly gateway: Gateway | undefined
  readonly ring: Bell['ring']
  readonly problem: (error: unknown) => void
}

/** Lets others on this machine see what the keeper knows: `gatehouse status`, and Prometheus. */
export async function startObserving(parts: Observing): Promise<AsyncDisposable> {
  const { settings, home, board, gateway, ring, problem } = parts
  await using open = new AsyncDisposableStack()
  const calls = open.use(countCalls(partiesOf(settings)))
  const looks = countLooks(board)
  const metrics = () => ({
    type: metricsType,
    body: metricsText({
      version,
      status: board.read(),
      gateway: gateway?.snapshot(),
      looks,
      calls: calls.read(),
      process: {
        cpuSeconds: (process.cpuUsage().user + process.cpuUsage().system) / 1e6,
        residentBytes: process.memoryUsage().rss,
      },
    }),
  })
  const status = () => ({ type: 'application/json', body: JSON.stringify(board.read()) })
  const control: Control = {
    reads: {
      '/status': status,
      '/metrics': metrics,
      '/gateway': () => ({
        type: 'application/json',
        body: JSON.stringify(gateway?.snapshot() ?? null),
      }),
    },
    streams: {
      '/trace': (query, say, end) => {
        const address = addressOf(query.get('address') ?? '')
        return (
          address &&
          gateway?.trace(address.text, (event) => {
            say(JSON.stringify(event))
            if (event.is === 'closed') end()
          })
        )
      },
    },
    acts: {
      '/look': () => ring({ look: 'all', because: 'somebody asked' }),
      '/prove': () => ring({ look: ['proofs'], because: 'somebody asked' }),
    },
  }
  // Who cannot be asked keeps the house all the same.
  await startControl(home.folder.control, control).then((each) => open.use(each), problem)
  if (settings.metrics)
    await startReading({ '/metrics': metrics }, settings.metrics).then(
      (each) => open.use(each),
      problem,
    )
  return open.move()
}
