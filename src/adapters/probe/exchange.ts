import type { Socket } from 'node:net'
import { TLSSocket } from 'node:tls'

import { errorCode } from '../../core/problem.ts'
import type { SeenCertificate } from '../../core/port-outcome.ts'

/** What was seen of one connection, from its first packet to its end. */
export type Exchange = {
  readonly ms: number
  readonly connected: boolean
  /** The beginning of what came back. */
  readonly text: string
  /** Shown in the handshake, even where the handshake then failed. */
  readonly certificate: SeenCertificate | undefined
  /** The code of the error that ended it; `ETIMEDOUT` where nothing more came in time. */
  readonly failure: string | undefined
}

const maxBytes = 2000

/**
 * Sends a request once the connection is ready and waits for bytes, an alert, the end or the deadline.
 * Never judged by `secureConnect`: with TLS 1.3 a server refuses the client certificate after it.
 * Rejects only when it is called off: an exchange that nobody waited for has shown nothing.
 */
export function exchange(
  socket: Socket,
  request: string,
  deadlineMs: number,
  signal: AbortSignal,
): Promise<Exchange> {
  const started = performance.now()
  let text = ''
  let connected = false
  let certificate: SeenCertificate | undefined
  let failure: string | undefined
  return new Promise((resolve, reject) => {
    const end = (): void => {
      clearTimeout(timer)
      signal.removeEventListener('abort', callOff)
      socket.destroy()
    }
    const finish = (): void => {
      end()
      const ms = Math.round(performance.now() - started)
      resolve({ ms, connected, text, certificate, failure })
    }
    const callOff = (): void => {
      end()
      reject(signal.reason instanceof Error ? signal.reason : new Error('called off'))
    }
    const timer = setTimeout(() => {
      failure ??= 'ETIMEDOUT'
      finish()
    }, deadlineMs)
    socket.on('error', (error) => {
      failure = errorCode(error) ?? error.message
      // With TLS 1.2 the refusal comes before `secureConnect`, and yet the certificate was shown.
      certificate ??= shownBy(socket)
    })
    socket.on('close', finish)
    if (signal.aborted) {
      callOff()
      return
    }
    signal.addEventListener('abort', callOff)
    socket.setEncoding('latin1')
    socket.on('connect', () => {
      connected = true
    })
    socket.on(socket instanceof TLSSocket ? 'secureConnect' : 'connect', () => {
      certificate ??= shownBy(socket)
      socket.write(request)
    })
    socket.on('data', (chunk: string) => {
      text += chunk
      if (text.length > maxBytes) finish()
    })
  })
}

function shownBy(socket: Socket): SeenCertificate | undefined {
  const found = socket instanceof TLSSocket ? socket.getPeerX509Certificate() : undefined
  return (
    found && {
      names: found.subjectAltName ?? '',
      issuer: found.issuer.replaceAll('\n', ', '),
      fingerprint: found.fingerprint256,
    }
  )
}
