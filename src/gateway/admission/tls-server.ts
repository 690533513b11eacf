import { constants, randomBytes } from 'node:crypto'
import { createServer, type Server, type TLSSocket } from 'node:tls'

import { sessionIdContext, type TlsNames } from './tls-names.ts'

export type TlsEvents = {
  /** The handshake is through; not a byte of HTTP has been read. */
  secured(socket: TLSSocket): void
  failed(socket: TLSSocket): void
}

export type TlsServer = {
  readonly server: Server
  /** No session from before is resumed after this: whoever comes shows certificate and name again. */
  forgetSessions(): void
}

/** Also how long a session may be resumed: what its certificate was judged by may have changed since. */
export const sessionSeconds = 3600

/**
 * A TLS server that is handed its connections. It has no certificate of its own: a client that names
 * no name, or one that is not served, sees no certificate at all.
 */
export function tlsServer(
  names: TlsNames,
  asksForCertificate: boolean,
  handshakeMs: number,
  events: TlsEvents,
): TlsServer {
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
    sessionIdContext,
    sessionTimeout: sessionSeconds,
    secureOptions: constants.SSL_OP_NO_RENEGOTIATION,
  })
  server.on('secureConnection', (socket) => events.secured(socket))
  server.on('tlsClientError', (_error, socket) => events.failed(socket))
  return { server, forgetSessions: () => server.setTicketKeys(randomBytes(48)) }
}
