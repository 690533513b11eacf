import { constants } from 'node:crypto'
import {
  createSecureContext,
  createServer,
  type SecureContext,
  type Server,
  type TLSSocket,
} from 'node:tls'

/** A handshake that takes longer is not a browser's or the edge's. */
const handshakeMs = 10_000

export type Identity = {
  readonly names: readonly string[]
  readonly certificate: { readonly chainPem: string; readonly keyPem: string } | undefined
  /** PEM of the authorities of our client certificates. */
  readonly authorities: readonly string[]
}

/** The contexts by name; replacing them touches no open connection. */
export type Contexts = {
  replace(identity: Identity): void
  context(name: string): SecureContext | undefined
}

export function contexts(): Contexts {
  let byName = new Map<string, SecureContext>()
  return {
    replace({ names, certificate, authorities }) {
      if (!certificate) {
        byName = new Map()
        return
      }
      const context = createSecureContext({
        cert: certificate.chainPem,
        key: certificate.keyPem,
        // Without `ca` Node would trust every public authority's client certificates.
        ca: authorities.length > 0 ? [...authorities] : [certificate.chainPem],
        minVersion: 'TLSv1.2',
        // A resumed session would outlive a change of the authorities.
        secureOptions: constants.SSL_OP_NO_TICKET,
      })
      byName = new Map(names.map((name) => [name, context]))
    },
    context: (name) => byName.get(name.toLowerCase()),
  }
}

export type TlsEvents = {
  /** The handshake is through; not a byte of HTTP has been read. */
  secured(socket: TLSSocket): void
  failed(): void
}

/**
 * A TLS server that is handed its connections. It has no certificate of its own: a client that names
 * no name, or one that is not served, sees no certificate at all.
 */
export function tlsServer(names: Contexts, asksForCertificate: boolean, events: TlsEvents): Server {
  const server = createServer({
    SNICallback(name, answer) {
      const context = names.context(name)
      if (context) answer(null, context)
      else answer(new Error('unknown name'))
    },
    requestCert: asksForCertificate,
    // Judged by us after the handshake, by the mode of that moment.
    rejectUnauthorized: false,
    minVersion: 'TLSv1.2',
    handshakeTimeout: handshakeMs,
    ALPNProtocols: ['http/1.1'],
    ciphers:
      'TLS_AES_128_GCM_SHA256:TLS_AES_256_GCM_SHA384:TLS_CHACHA20_POLY1305_SHA256:ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-ECDSA-AES256-GCM-SHA384:ECDHE-ECDSA-CHACHA20-POLY1305',
    honorCipherOrder: true,
    secureOptions: constants.SSL_OP_NO_TICKET | constants.SSL_OP_NO_RENEGOTIATION,
  })
  server.on('secureConnection', (socket) => events.secured(socket))
  server.on('tlsClientError', (_error, socket) => {
    events.failed()
    socket.destroy()
  })
  return server
}
