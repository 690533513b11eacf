import { createSocket } from 'node:dgram'

import type { Duration } from '../../core/duration.ts'

export type Asked<T> = {
  readonly router: string
  readonly port: number
  /** The datagram, made for the address that it leaves from. */
  request(from: string): Buffer
  /** `undefined`: it is no answer to this, and the right one may yet come. */
  read(bytes: Buffer): T | undefined
  /** How long each try waits; RFC 6886 section 3.1 begins with 250 ms and doubles. */
  readonly patience: readonly Duration[]
}

/**
 * The answer of the router and of nobody else: the socket is connected, so that datagrams from other
 * addresses never arrive. `undefined` where nothing came, where the router says that nobody listens, and
 * after the signal.
 */
export function askRouter<T>(asked: Asked<T>, signal: AbortSignal): Promise<T | undefined> {
  return new Promise((resolve) => {
    const socket = createSocket('udp4')
    let timer: NodeJS.Timeout | undefined
    const finish = (answer: T | undefined) => {
      clearTimeout(timer)
      signal.removeEventListener('abort', stop)
      socket.removeAllListeners().on('error', () => undefined)
      socket.close()
      resolve(answer)
    }
    const stop = () => finish(undefined)
    const send = (attempt: number) => {
      const wait = asked.patience[attempt]
      if (wait === undefined) return stop()
      socket.send(asked.request(socket.address().address), (error) => error && stop())
      timer = setTimeout(() => send(attempt + 1), wait)
    }
    signal.addEventListener('abort', stop)
    // Refused: an ICMP message said that nobody listens there.
    socket.on('error', stop)
    socket.on('message', (bytes) => {
      const answer = asked.read(bytes)
      if (answer !== undefined) finish(answer)
    })
    socket.connect(asked.port, asked.router, (error?: Error) => {
      if (error || signal.aborted) stop()
      else send(0)
    })
  })
}
