import type { X509Certificate } from 'node:crypto'

import { admission, type Admitted } from './admission/admission.ts'
import type { Counters } from './counters.ts'
import { ClientConnection } from './forward/client-connection.ts'
import type { Forwarding } from './forward/forwarding.ts'
import { hostReader } from './forward/routes.ts'
import { visitorReader } from './forward/visitor.ts'
import { defaultLimits } from './limits.ts'
import { listenOn } from './listeners.ts'
import { Ledger } from './metrics/ledger.ts'
import { tracer, type TraceEvent } from './metrics/trace.ts'
import type { GatewayEvent, GatewaySetup } from './setup.ts'
import { signInGuard } from './sign-in-guard.ts'
import type { GatewaySnapshot } from './snapshot.ts'
import { upstreams } from './upstream/upstreams.ts'

export type { GatewaySetup } from './setup.ts'

export type Gateway = {
  readonly addresses: readonly { readonly host: string; readonly port: number }[]
  /** Takes effect at once for whoever comes; of open connections, those go on that would still be let in. */
  update(changes: Partial<Omit<GatewaySetup, 'listen' | 'onEvent'>>): void
  counters(): Counters
  snapshot(): GatewaySnapshot
  /** Follows the next connection of that address, the visitor's or the peer's, until it ends or this is disposed of. */
  trace(address: string, tell: (event: TraceEvent) => void): Disposable
  /** Stops listening, lets what is under way end, tells open WebSockets to go, and returns within a second. */
  close(): Promise<void>
}

/** How often timeouts are looked at, and the seconds of the minute counted. Milliseconds. */
const everySecond = 1000

/** The way into the house: admission, then HTTP to the service behind the name. */
export async function startGateway(setup: GatewaySetup): Promise<Gateway> {
  let current = setup
  const now = () => new Date()
  const tell = (event: GatewayEvent): void => current.onEvent?.(event)
  const ledger = new Ledger(now, tell)
  const traces = tracer()
  const behind = upstreams(() => shared.limits, now)
  behind.replace(setup)
  const shared: Forwarding = {
    limits: { ...defaultLimits, ...setup.limits },
    now: performance.now(),
    draining: false,
    upstreamOf: hostReader(behind.routes()),
    visitorOf: visitorReader(),
    ledger,
    signIns: signInGuard(tell),
    explain: (upstream) => current.explain?.(behind.nameOf(upstream)),
    serviceOf: (upstream) => behind.serviceOf(upstream),
    accessLog: setup.accessLog,
  }
  const open = new Map<ClientConnection, X509Certificate | undefined>()

  const admit = ({ socket, peer, certificate }: Admitted): void => {
    const trace = traces.watch(peer)
    trace?.tell({
      is: 'admitted',
      peer,
      protocol: socket.getProtocol(),
      cipher: socket.getCipher().name,
      name: socket.servername || '',
      resumed: socket.isSessionReused(),
      certificate: certificate?.fingerprint256,
    })
    const connection = new ClientConnection(socket, peer, shared, trace)
    open.set(connection, certificate)
    socket.on('close', () => open.delete(connection))
  }
  const entrance = admission({ setup, limits: () => shared.limits, ledger, now, tell, admit })
  const listeners = await listenOn(setup.listen, (socket) => entrance.accept(socket))

  const sweeping = setInterval(() => {
    shared.now = performance.now()
    for (const connection of open.keys()) connection.sweep()
    entrance.sweep(shared.now)
    behind.sweep(shared.now)
    ledger.tick()
  }, everySecond)
  sweeping.unref()

  return {
    addresses: listeners.addresses,
    update(changes) {
      current = { ...current, ...changes }
      entrance.replace(current)
      behind.replace(current)
      shared.limits = { ...defaultLimits, ...current.limits }
      shared.upstreamOf = hostReader(behind.routes())
      shared.accessLog = current.accessLog
      for (const [connection, certificate] of open)
        if (!entrance.stillAdmits(connection.peer, certificate)) connection.retire()
    },
    counters: () => ledger.counters,
    snapshot: () => ({
      ...ledger.snapshot(),
      open: {
        connections: entrance.open,
        webSockets: [...open.keys()].filter(({ exchange }) => exchange?.tunnelled).length,
        handshakes: entrance.handshakes,
      },
      upstreams: behind.snapshot(),
    }),
    trace: (address, told) => traces.follow(address, told),
    async close() {
      clearInterval(sweeping)
      shared.draining = true
      const stopped = listeners.close()
      entrance.close()
      for (const connection of open.keys()) connection.retire()
      await emptied(open, shared.limits.drainMs)
      for (const { socket } of open.keys()) socket.destroy()
      behind.close()
      await stopped
    },
  }
}

/** Until nothing is open any more, or the time is over. */
function emptied(open: ReadonlyMap<unknown, unknown>, ms: number): Promise<void> {
  return new Promise((resolve) => {
    const over = performance.now() + ms
    const look = (): void => {
      if (open.size === 0 || performance.now() > over) resolve()
      else setTimeout(look, 10)
    }
    look()
  })
}
