import type { X509Certificate } from 'node:crypto'
import type { Socket } from 'node:net'
import type { TLSSocket } from 'node:tls'

import type { Refusal } from '../counters.ts'
import type { Limits } from '../limits.ts'
import type { Ledger } from '../metrics/ledger.ts'
import type { GatewayEvent, GatewaySetup } from '../setup.ts'
import { gate } from './gate.ts'
import { peersOf, type Peer } from './peers.ts'
import { pullsJudge } from './pulls.ts'
import { tlsNames, type Identity } from './tls-names.ts'
import { sessionSeconds, tlsServer } from './tls-server.ts'

/** Who came in, and with what. */
export type Admitted = {
  readonly socket: TLSSocket
  readonly peer: Peer
  /** Undefined for local peers, and for those whom the mode lets in without. */
  readonly certificate: X509Certificate | undefined
}

export type Admission = {
  /** A connection was accepted; not a byte has been read. */
  accept(socket: Socket): void
  /** By the rules of now: would they be let in again? */
  stillAdmits(peer: Peer, certificate: X509Certificate | undefined): boolean
  /** For whoever comes from now on. */
  replace(setup: GatewaySetup): void
  readonly handshakes: number
  readonly open: number
  /** Once a second. */
  sweep(now: number): void
  /** Handshakes under way are broken off. */
  close(): void
}

export type AdmissionOptions = {
  readonly setup: GatewaySetup
  readonly limits: () => Limits
  readonly ledger: Ledger
  readonly now: () => Date
  readonly tell: (event: GatewayEvent) => void
  /** Called for each that is admitted; not a byte of HTTP has been read. */
  readonly admit: (who: Admitted) => void
}

/** In this order: the peer's address, TLS with a name that is ours, our client certificate. Then it is HTTP's turn. */
export function admission({ limits, ledger, now, tell, ...options }: AdmissionOptions): Admission {
  let { pulls } = options.setup
  let peerOf = peersOf(options.setup.edgeRanges, options.setup.localRanges)
  let judge = pullsJudge(pulls)
  const names = tlsNames()
  names.replace(identityOf(options.setup))
  const doors = gate(limits)
  /** Peers between accept and the end of their handshake, by address and port. */
  const arriving = new Map<string, { readonly peer: Peer; readonly socket: Socket }>()
  let forgottenAt = performance.now()
  let toldAt = Number.NEGATIVE_INFINITY
  let shown = shownBy(options.setup)

  const secured = (socket: TLSSocket): void => {
    socket.on('error', () => socket.destroy())
    const place = placeOf(socket)
    const arrived = arriving.get(place)
    if (!arrived) {
      socket.destroy()
      return
    }
    const { peer } = arrived
    arriving.delete(place)
    const certificate =
      peer.kind === 'edge' && pulls.mode !== 'off' ? judge.presented(socket, now()) : undefined
    const because = whyNot(socket, peer, certificate)
    doors.shookHands(peer.address, because === undefined)
    if (because) {
      ledger.refused(peer.address, because)
      socket.destroy()
      return
    }
    ledger.counters.handshakes++
    if (socket.isSessionReused()) ledger.counters.resumed++
    if (certificate) seen(certificate)
    else if (peer.kind === 'edge' && pulls.mode === 'optional') ledger.counters.wouldRefuse++
    options.admit({ socket, peer, certificate })
  }

  /** Once a second is news enough: the edge opens many connections, and all with one certificate. */
  const seen = (certificate: X509Certificate): void => {
    const at = performance.now()
    if (at - toldAt < 1000) return
    toldAt = at
    tell({ is: 'pulls-seen', fingerprint: certificate.fingerprint256 })
  }

  const whyNot = (
    socket: TLSSocket,
    peer: Peer,
    certificate: X509Certificate | undefined,
  ): Refusal | undefined => {
    if (!knowsName(socket)) return 'handshake'
    return peer.kind === 'edge' && pulls.mode === 'required' && !certificate
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

  const events = { secured, failed: (socket: TLSSocket) => void socket.destroy() }
  const { handshakeMs } = limits()
  const forEdge = tlsServer(names, true, handshakeMs, events)
  const forLocal = tlsServer(names, false, handshakeMs, events)

  const forgetSessions = (): void => {
    forgottenAt = performance.now()
    forEdge.forgetSessions()
    forLocal.forgetSessions()
  }

  return {
    accept(socket) {
      ledger.counters.connections++
      socket.on('error', () => socket.destroy())
      const peer = peerOf(socket.remoteAddress)
      const { address, kind } = peer
      if (kind === 'stranger' || !doors.enters(address, kind, performance.now())) {
        ledger.refused(address, kind === 'stranger' ? 'stranger' : 'too-many')
        socket.resetAndDestroy()
        return
      }
      const place = placeOf(socket)
      arriving.set(place, { peer, socket })
      socket.on('close', () => {
        if (arriving.delete(place)) {
          doors.shookHands(address, false)
          ledger.refused(address, 'handshake')
        }
        doors.leaves(address)
      })
      ;(kind === 'edge' ? forEdge : forLocal).server.emit('connection', socket)
    },
    stillAdmits(peer, certificate) {
      const { kind } = peerOf(peer.address)
      if (kind !== peer.kind) return false
      const good = certificate !== undefined && judge.stillGood(certificate, now())
      return kind !== 'edge' || pulls.mode !== 'required' || good
    },
    replace(setup) {
      peerOf = peersOf(setup.edgeRanges, setup.localRanges)
      const shows = shownBy(setup)
      if (shows === shown) return
      shown = shows
      toldAt = Number.NEGATIVE_INFINITY
      ;({ pulls } = setup)
      judge = pullsJudge(pulls)
      names.replace(identityOf(setup))
      forgetSessions()
    },
    get handshakes() {
      return doors.handshakes
    },
    get open() {
      return doors.open
    },
    sweep(at) {
      doors.sweep(at)
      if (at - forgottenAt > sessionSeconds * 1000) forgetSessions()
    },
    close() {
      for (const { socket } of arriving.values()) socket.destroy()
    },
  }
}

const identityOf = ({ names, certificate, pulls }: GatewaySetup): Identity => ({
  names,
  certificate,
  authorities: pulls.authorities,
})

/** What handshakes are judged by: while it stays the same, sessions may be resumed. */
const shownBy = ({ names, certificate, pulls }: GatewaySetup): string =>
  JSON.stringify([names, certificate, pulls])

const placeOf = ({ remoteAddress, remotePort }: Socket): string => `${remoteAddress} ${remotePort}`
