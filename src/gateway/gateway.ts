import { createServer, type AddressInfo, type Server, type Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import type { TLSSocket } from 'node:tls'

import type { Range } from '../core/address.ts'
import { admission } from './admission.ts'
import { newCounters, type Counters } from './counters.ts'
import { forwarder, type Peer } from './forward.ts'
import { contexts, tlsServer, type Identity } from './tls.ts'

/** `optional` serves everybody from the edge and counts whom `required` would refuse. */
export type PullsMode = 'off' | 'optional' | 'required'

export type GatewaySetup = {
  readonly listen: readonly { readonly host: string; readonly port: number }[]
  readonly names: readonly string[]
  /** Without one every handshake is refused. */
  readonly certificate?: { readonly chainPem: string; readonly keyPem: string }
  readonly pulls: { readonly mode: PullsMode; readonly authorities: readonly string[] }
  readonly edgeRanges: readonly Range[]
  readonly localRanges: readonly Range[]
  /** Home Assistant: `http://127.0.0.1:8123`. */
  readonly upstream: string
  readonly onEvent?: (event: GatewayEvent) => void
}

export type GatewayEvent = {
  readonly is: 'pulls-seen'
  /** SHA-256, upper-case hex with colons. */ readonly fingerprint: string
}

export type Gateway = {
  readonly addresses: readonly { readonly host: string; readonly port: number }[]
  /** Takes effect for the next connection; open ones go on. */
  update(changes: Partial<Omit<GatewaySetup, 'listen' | 'onEvent'>>): void
  counters(): Counters
  /** Stops listening, tells open WebSockets to go, and returns within a second. */
  close(): Promise<void>
}

/** Bounds memory: a home has tens of connections, the edge some hundreds. */
const maxConnections = 4096

/**
 * The way into the house. In this order: the peer's address, TLS with a name that is ours, our client
 * certificate, and only then HTTP.
 */
export async function startGateway(setup: GatewaySetup): Promise<Gateway> {
  let current = setup
  let admit = admission(setup.edgeRanges, setup.localRanges)
  const counters = newCounters()
  const names = contexts()
  names.replace(identityOf(setup))
  const peers = new WeakMap<Duplex, Peer>()
  const forward = forwarder({
    peerOf: (socket) => peers.get(socket),
    names: () => current.names,
    upstream: () => new URL(current.upstream),
    counters,
  })
  const open = new Set<Socket>()

  const secured = (socket: TLSSocket): void => {
    socket.on('error', () => socket.destroy())
    const peer = admit(socket.remoteAddress)
    if (peer.kind === 'edge' && !presents(socket, current, setup.onEvent)) {
      if (current.pulls.mode === 'required') {
        counters.refused['no-client-certificate']++
        socket.destroy()
        return
      }
      if (current.pulls.mode === 'optional') counters.wouldRefuse++
    }
    peers.set(socket, peer)
    forward.http.emit('connection', socket)
  }
  const failed = (): void => void counters.refused.handshake++
  const forEdge = tlsServer(names, true, { secured, failed })
  const forLocal = tlsServer(names, false, { secured, failed })

  const accept = (socket: Socket): void => {
    counters.connections++
    socket.on('error', () => socket.destroy())
    const { kind } = admit(socket.remoteAddress)
    if (kind === 'stranger' || open.size >= maxConnections) {
      counters.refused.stranger++
      socket.resetAndDestroy()
      return
    }
    open.add(socket)
    socket.on('close', () => open.delete(socket))
    ;(kind === 'edge' ? forEdge : forLocal).emit('connection', socket)
  }

  const listeners: Server[] = []
  try {
    for (const place of setup.listen) listeners.push(await listen(place, accept))
  } catch (error) {
    await Promise.all(listeners.map(stop))
    throw error
  }
  return {
    addresses: listeners.map((listener) => {
      // A listener on a host and a port has an address of this shape.
      // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- see above
      const { address, port } = listener.address() as AddressInfo
      return { host: address, port }
    }),
    update(changes) {
      current = { ...current, ...changes }
      admit = admission(current.edgeRanges, current.localRanges)
      names.replace(identityOf(current))
    },
    counters: () => counters,
    async close() {
      const stopped = listeners.map(stop)
      await forward.close()
      for (const socket of open) socket.destroy()
      await Promise.all(stopped)
    },
  }
}

const identityOf = ({ names, certificate, pulls }: GatewaySetup): Identity => ({
  names,
  certificate,
  authorities: pulls.authorities,
})

/** Does the peer hold a client certificate of our authority? Chain, purpose and time are OpenSSL's to judge. */
function presents(
  socket: TLSSocket,
  { pulls }: GatewaySetup,
  tell: GatewaySetup['onEvent'],
): boolean {
  if (pulls.authorities.length === 0 || !socket.authorized) return false
  const certificate = socket.getPeerX509Certificate()
  if (!certificate) return false
  tell?.({ is: 'pulls-seen', fingerprint: certificate.fingerprint256 })
  return true
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
