import { connect } from 'node:net'
import { connect as connectTls } from 'node:tls'

import type { PortOutcome } from '../../core/port-outcome.ts'
import { exchange, type Exchange } from './exchange.ts'

export type DirectTarget = {
  readonly address: string
  readonly port: number
  /** SNI and Host. `undefined`: no name at all, as scanners do. */
  readonly name: string | undefined
  readonly from: string | undefined
  /** Of each connection; longer than any answer on the internet unless said otherwise. */
  readonly deadlineMs?: number
}

const deadlineMs = 4000

/** One lost packet must not pass for a firewall. */
const tries = 3

/**
 * What a port says to a stranger: first a TLS handshake and a request in it, then plain HTTP. Takes at
 * most three deadlines. Rejects when it is called off.
 */
export async function probePort(target: DirectTarget, signal: AbortSignal): Promise<PortOutcome> {
  const tls = await overTls(target, signal)
  if (tls.is !== 'open' || tls.certificate !== undefined) return tls
  const plain = await talk(connect(placeOf(target)), target, signal)
  const isNotTls = tls.because.startsWith('ERR_SSL')
  return plain.is === 'http' || isNotTls ? plain : tls
}

async function overTls(target: DirectTarget, signal: AbortSignal): Promise<PortOutcome> {
  for (let attempt = 1; ; attempt++) {
    const socket = connectTls({
      ...placeOf(target),
      ...(target.name === undefined ? {} : { servername: target.name }),
      // The stranger's view: whatever certificate is shown is what is to be known.
      rejectUnauthorized: false,
    })
    const outcome = await talk(socket, target, signal)
    if (outcome.is !== 'filtered' || attempt === tries) return outcome
  }
}

const placeOf = ({ address, port, from }: DirectTarget) => ({
  host: address,
  port,
  ...(from === undefined ? {} : { localAddress: from }),
})

async function talk(
  socket: Parameters<typeof exchange>[0],
  target: DirectTarget,
  signal: AbortSignal,
): Promise<PortOutcome> {
  return outcomeOf(
    await exchange(socket, requestOf(target), target.deadlineMs ?? deadlineMs, signal),
  )
}

const requestOf = ({ name, address }: DirectTarget): string =>
  `GET /manifest.json HTTP/1.1\r\nHost: ${name ?? (address.includes(':') ? `[${address}]` : address)}\r\nUser-Agent: gatehouse-verify\r\nAccept: */*\r\nConnection: close\r\n\r\n`

function outcomeOf({ text, connected, certificate, failure, ms }: Exchange): PortOutcome {
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
  if (!connected) {
    if (failure === 'ETIMEDOUT') return { is: 'filtered', ms }
    // A reset may come before the connection is known to stand.
    if (failure === 'ECONNREFUSED' || failure === 'ECONNRESET') return { is: 'refused', ms }
    return { is: 'unreachable', ms, because: failure ?? 'the connection did not come about' }
  }
  return {
    is: 'open',
    ms,
    because: endOf(failure, text),
    ...(certificate === undefined ? {} : { certificate }),
  }
}

/** How a connection ended over which nothing was served (names of OpenSSL 3.5 as Node 24 gives them). */
function endOf(failure: string | undefined, text: string): string {
  if (failure === undefined)
    return text === '' ? 'it closed without a word' : 'it speaks, and not HTTP'
  if (failure === 'ETIMEDOUT') return text === '' ? 'it says nothing' : 'it speaks, and not HTTP'
  const alert = /^ERR_SSL_.*ALERT_([A-Z_]+)$/.exec(failure)?.[1]
  return alert === undefined ? failure : `TLS alert ${alert.toLowerCase().replaceAll('_', ' ')}`
}
