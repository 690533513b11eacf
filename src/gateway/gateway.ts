import { createServer, type AddressInfo, type Server, type Socket } from 'node:net'
import type { TLSSocket } from 'node:tls'
import type { X509Certificate } from 'node:crypto'

import { gate } from './admission/gate.ts'
import { peersOf, type Peer } from './admission/peers.ts'
import { pullsJudge } from './admission/pulls.ts'
import { tlsNames, type Identity } from './admission/tls-names.ts'
import { sessionSeconds, tlsServer } from './admission/tls-server.ts'
import { ClientConnection } from './forward/client-connection.ts'
import type { Forwarding } from './forward/forwarding.ts'
import { hostReader } from './forward/routes.ts'
import { visitorReader } from './forward/visitor.ts'
import { defaultLimits } from './limits.ts'
import { newCounters, type Counters, type Refusal } from './counters.ts'
import { Latency } from './metrics/latency.ts'
import { refusedSources } from './metrics/refused-sources.ts'
import { signInGuard } from './sign-in-guard.ts'
import type { GatewaySetup } from './setup.ts'
import { upstreams } from './upstream/upstreams.ts'

export type { GatewaySetup } from './setup.ts'

export type Gateway = {
  readonly addresses: readonly { readonly host: string; readonly port: number }[]
  /** Takes effect at once for whoever comes; of open connections, those go on that would still be let in. */
  update(changes: Partial<Omit<GatewaySetup, 'listen' | 'onEvent'>>): void
  counters(): Counters
  /** Stops listening, lets what is under way end, tells open WebSockets to go, and returns within a second. */
  close(): Promise<void>
}

type Admitted = {
  readonly connection: ClientConnection
  /** What it presented; undefined for local peers, and for those that the mode let in without. */
  readonly certificate: X509Certificate | undefined
}

/**
 * The way into the house. In this order: the peer's address, TLS with a name that is ours, our client
 * certificate, and only then HTTP.
 */
export async function startGateway(setup: GatewaySetup): Promise<Gateway> {
  let current = setup
  const now = () => new Date()
  let peerOf = peersOf(setup.edgeRanges, setup.localRanges)
  let judge = pullsJudge(setup.pulls)
  const names = tlsNames()
  names.replace(identityOf(setup))
  const sources = refusedSources()
  const behind = upstreams(() => shared.limits, now)
  behind.replace(setup)
  const counters = newCounters()
  const refused = (address: string, because: Refusal): void => {
    counters.refused[because]++
    sources.add(address, because, now())
  }
  const shared: Forwarding = {
    limits: { ...defaultLimits, ...setup.limits },
    now: performance.now(),
    draining: false,
    upstreamOf: hostReader(behind.routes()),
    visitorOf: visitorReader(),
    counters,
    latency: new Latency(),
    signIns: signInGuard(),
    explain: (upstream) => current.explain?.(behind.nameOf(upstream)),
    serviceOf: (upstream) => behind.serviceOf(upstream),
    refused,
  }
  const doors = gate(() => shared.limits)
  const admitted = new Set<Admitted>()
  /** Peers between accept and the end of their handshake, by address and port. */
  const arriving = new Map<string, Peer>()

  const secured = (socket: TLSSocket): void => {
    socket.on('error', () => socket.destroy())
    const place = placeOf(socket)
    const peer = arriving.get(place)
    if (!peer) {
      socket.destroy()
      return
    }
    arriving.delete(place)
    const certificate =
      peer.kind === 'edge' && current.pulls.mode !== 'off'
        ? judge.presented(socket, now())
        : undefined
    const because = whyNot(socket, peer, certificate)
    doors.shookHands(peer.address, because === undefined, shared.now)
    if (because) {
      refused(peer.address, because)
      socket.destroy()
      return
    }
    counters.handshakes++
    if (socket.isSessionReused()) counters.resumed++
    if (certificate) {
      current.onEvent?.({ is: 'pulls-seen', fingerprint: certificate.fingerprint256 })
    } else if (peer.kind === 'edge' && current.pulls.mode === 'optional') counters.wouldRefuse++
    const one: Admitted = { connection: new ClientConnection(socket, peer, shared), certificate }
    admitted.add(one)
    socket.on('close', () => admitted.delete(one))
  }

  /** After the handshake, before HTTP. */
  const whyNot = (
    socket: TLSSocket,
    peer: Peer,
    certificate: X509Certificate | undefined,
  ): Refusal | undefined => {
    if (!knowsName(socket)) return 'handshake'
    return peer.kind === 'edge' && current.pulls.mode === 'required' && !certificate
      ? 'no-client-certificate'
      : undefined
  }

  /**
   * Whoever resumes a session is not asked for the name by OpenSSL. In TLS 1.2 it cannot be told afterwards either; but
   * the session was given under a name of ours, and is forgotten when the names change.
   */
  const knowsName = (socket: TLSSocket): boolean =>
    names.context(socket.servername || '') !== undefined ||
    (socket.isSessionReused() && socket.getProtocol() === 'TLSv1.2')

  const failed = (socket: TLSSocket): void => {
    socket.destroy()
  }
  const { handshakeMs } = shared.limits
  const forEdge = tlsServer(names, true, handshakeMs, { secured, failed })
  const forLocal = tlsServer(names, false, handshakeMs, { secured, failed })

  const accept = (socket: Socket): void => {
    counters.connections++
    socket.on('error', () => socket.destroy())
    const peer = peerOf(socket.remoteAddress)
    const { address, kind } = peer
    if (kind === 'stranger') {
      refused(address, 'stranger')
      socket.resetAndDestroy()
      return
    }
    if (!doors.enters(address, kind, shared.now)) {
      refused(address, 'too-many')
      socket.resetAndDestroy()
      return
    }
    const place = placeOf(socket)
    arriving.set(place, peer)
    socket.on('close', () => {
      if (arriving.delete(place)) {
        doors.shookHands(address, false, shared.now)
        refused(address, 'handshake')
      }
      doors.leaves(address)
    })
    ;(kind === 'edge' ? forEdge : forLocal).server.emit('connection', socket)
  }

  const listeners: Server[] = []
  try {
    for (const place of setup.listen) listeners.push(await listen(place, accept))
  } catch (error) {
    await Promise.all(listeners.map(stop))
    throw error
  }

  const forgetSessions = (): void => {
    forEdge.forgetSessions()
    forLocal.forgetSessions()
  }
  const sweeping = setInterval(() => {
    shared.now = performance.now()
    for (const { connection } of admitted) connection.sweep()
    doors.sweep(shared.now)
    behind.sweep(shared.now)
  }, 1000)
  const forgetting = setInterval(forgetSessions, sessionSeconds * 1000)
  sweeping.unref()
  forgetting.unref()

  return {
    addresses: listeners.map((listener) => {
      // A listener on a host and a port has an address of this shape.
      // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- see above
      const { address, port } = listener.address() as AddressInfo
      return { host: address, port }
    }),
    update(changes) {
      current = { ...current, ...changes }
      peerOf = peersOf(current.edgeRanges, current.localRanges)
      judge = pullsJudge(current.pulls)
      names.replace(identityOf(current))
      forgetSessions()
      behind.replace(current)
      shared.limits = { ...defaultLimits, ...current.limits }
      shared.upstreamOf = hostReader(behind.routes())
      for (const { connection, certificate } of admitted) {
        const { kind } = peerOf(connection.peer.address)
        const good = certificate !== undefined && judge.stillGood(certificate, now())
        const barred = kind === 'edge' && current.pulls.mode === 'required' && !good
        if (kind !== connection.peer.kind || barred) connection.retire()
      }
    },
    counters: () => counters,
    async close() {
      clearInterval(sweeping)
      clearInterval(forgetting)
      shared.draining = true
      const stopped = listeners.map(stop)
      for (const { connection } of admitted) connection.retire()
      await drained(admitted, shared.limits.drainMs)
      for (const { connection } of admitted) connection.socket.destroy()
      behind.close()
      await Promise.all(stopped)
    },
  }
}

const identityOf = ({ names, certificate, pulls }: GatewaySetup): Identity => ({
  names,
  certificate,
  authorities: pulls.authorities,
})

const placeOf = ({ remoteAddress, remotePort }: Socket): string => `${remoteAddress} ${remotePort}`

/** Until nothing is open any more, or the time is over. */
function drained(open: ReadonlySet<Admitted>, ms: number): Promise<void> {
  return new Promise((resolve) => {
    const over = performance.now() + ms
    const look = (): void => {
      if (open.size === 0 || performance.now() > over) resolve()
      else setTimeout(look, 10)
    }
    look()
  })
}

function listen(
  { host, port }: { readonly host: string; readonly port: number },
  accept: (socket: Socket) => void,
): Promise<Server> {
  return new Promise((resolve, reject) => {
    const server = createServer({ noDelay: true, keepAlive: true }, accept)
    server.once('error', reject)
    server.listen({ host, port, ipv6Only: host.includes(':') }, () => resolve(server))
  })
}

const stop = (server: Server): Promise<void> =>
  new Promise((resolve) => void server.close(() => resolve()))
