import { connect, type Socket } from 'node:net'
import { connect as connectTls } from 'node:tls'

import { errorCode } from '../../core/problem.ts'
import type { PortOutcome } from '../../core/port-outcome.ts'

export type DirectTarget = {
  readonly address: string
  readonly port: number
  /** SNI and Host. `undefined`: no name at all, as scanners do. */
  readonly name: string | undefined
  readonly from: string | undefined
}

/** Longer than any answer on the internet; what has not come by then is filtered. */
const deadlineMs = 4000
const maxBytes = 2000

/**
 * What a port says to a stranger: first a TLS handshake and a request in it, then plain HTTP. Never
 * judged by `secureConnect` alone: with TLS 1.3 a server refuses the client certificate after it.
 */
export async function probePort(target: DirectTarget, signal: AbortSignal): Promise<PortOutcome> {
  const tls = await overTls(target, signal)
  if (tls.is !== 'open' || tls.certificate !== undefined) return tls
  const plain = await overPlain(target, signal)
  return plain.is === 'http' ? plain : tls
}

const request = ({ name, address }: DirectTarget): string =>
  `GET /manifest.json HTTP/1.1\r\nHost: ${name ?? (address.includes(':') ? `[${address}]` : address)}\r\nUser-Agent: gatehouse-verify\r\nAccept: */*\r\nConnection: close\r\n\r\n`

function overTls(target: DirectTarget, signal: AbortSignal): Promise<PortOutcome> {
  return new Promise((resolve) => {
    const socket = connectTls({
      host: target.address,
      port: target.port,
      ...(target.from === undefined ? {} : { localAddress: target.from }),
      ...(target.name === undefined ? {} : { servername: target.name }),
      // The stranger's view: whatever certificate is shown is what is to be known.
      rejectUnauthorized: false,
    })
    collect(socket, resolve, signal, {
      onSecure: (write, note) => {
        const certificate = socket.getPeerX509Certificate()
        note({
          names: certificate?.subjectAltName ?? '',
          issuer: certificate?.issuer.replaceAll('\n', ', ') ?? '',
          fingerprint: certificate?.fingerprint256 ?? '',
        })
        write(request(target))
      },
      secureEvent: 'secureConnect',
    })
  })
}

function overPlain(target: DirectTarget, signal: AbortSignal): Promise<PortOutcome> {
  return new Promise((resolve) => {
    const socket = connect({
      host: target.address,
      port: target.port,
      ...(target.from === undefined ? {} : { localAddress: target.from }),
    })
    collect(socket, resolve, signal, {
      onSecure: (write) => write(request(target)),
      secureEvent: 'connect',
    })
  })
}

type Seen = { readonly names: string; readonly issuer: string; readonly fingerprint: string }

function collect(
  socket: Socket,
  resolve: (outcome: PortOutcome) => void,
  signal: AbortSignal,
  {
    onSecure,
    secureEvent,
  }: {
    readonly onSecure: (write: (text: string) => void, note: (seen: Seen) => void) => void
    readonly secureEvent: string
  },
): void {
  const started = performance.now()
  let text = ''
  let connected = false
  let certificate: Seen | undefined
  let failure: string | undefined
  const finish = (): void => {
    clearTimeout(timer)
    signal.removeEventListener('abort', finish)
    socket.destroy()
    resolve(
      outcomeOf({
        text,
        connected,
        certificate,
        failure,
        ms: Math.round(performance.now() - started),
      }),
    )
  }
  const timer = setTimeout(() => {
    failure ??= 'ETIMEDOUT'
    finish()
  }, deadlineMs)
  signal.addEventListener('abort', finish)
  socket.setEncoding('latin1')
  socket.on('connect', () => {
    connected = true
  })
  socket.on(secureEvent, () =>
    onSecure(
      (line) => void socket.write(line),
      (seen) => (certificate = seen),
    ),
  )
  socket.on('data', (chunk: string) => {
    text += chunk
    if (text.length > maxBytes) finish()
  })
  socket.on('error', (error) => {
    failure = errorCode(error) ?? error.message
  })
  socket.on('close', finish)
}

type Collected = {
  readonly text: string
  readonly connected: boolean
  readonly certificate: Seen | undefined
  readonly failure: string | undefined
  readonly ms: number
}

function outcomeOf({ text, connected, certificate, failure, ms }: Collected): PortOutcome {
  const status = /^HTTP\/1\.[01] (\d{3})/.exec(text)?.[1]
  if (status !== undefined) {
    return {
      is: 'http',
      ms,
      status: Number(status),
      tls: certificate !== undefined,
      homeAssistant: /Home Assistant|400: Bad Request/.test(text),
      ...(certificate === undefined ? {} : { certificate }),
    }
  }
  if (failure === 'ECONNREFUSED') return { is: 'refused', ms }
  if (failure === 'EHOSTUNREACH' || failure === 'ENETUNREACH' || failure === 'EADDRNOTAVAIL')
    return { is: 'unreachable', ms, because: failure }
  if (!connected && failure === 'ETIMEDOUT') return { is: 'filtered', ms }
  if (!connected && failure === 'ECONNRESET') return { is: 'refused', ms }
  return {
    is: 'open',
    ms,
    because: failure ?? 'it closed without a word',
    ...(certificate === undefined ? {} : { certificate }),
  }
}
