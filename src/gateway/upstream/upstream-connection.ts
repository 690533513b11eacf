import { connect as connectTcp, type Socket } from 'node:net'
import { connect as connectTls } from 'node:tls'

import { ResponseReader, type ResponseSink } from '../http/response-reader.ts'

export type Destination = { readonly host: string; readonly port: number; readonly secure: boolean }

/** Who uses a connection at the moment. */
export type UpstreamUser = ResponseSink & {
  /** All bytes of one read were gone through. `rest` is where those begin that are behind the response. */
  flush(bytes: Buffer, rest: number, end: number): void
  /** The connection has room again. */
  drain(): void
  /** It is gone; what it had to say was said. `error` is undefined where the upstream closed in order. */
  gone(error: Error | undefined): void
}

/**
 * What is read is gone through before the next read, so that all connections share one piece of memory.
 * Large, because every read costs a turn through the kernel and the event loop; no larger, because a visitor who takes
 * nothing holds up to one read.
 */
export const readMemory = Buffer.allocUnsafeSlow(262_144)

/** One connection to an upstream, with at most one user at a time. */
export class UpstreamConnection {
  readonly socket: Socket
  readonly reader = new ResponseReader()
  /** It has served before: the upstream may close it at the very moment that it is used again. */
  reused = false
  /** The event loop's clock when it became idle. */
  idleSince = 0
  connected = false
  #user: UpstreamUser | undefined
  readonly #closed: (connection: UpstreamConnection, error: Error | undefined) => void

  constructor(
    { host, port, secure }: Destination,
    connected: () => void,
    closed: (connection: UpstreamConnection, error: Error | undefined) => void,
  ) {
    this.#closed = closed
    const options = {
      host,
      port,
      noDelay: true,
      onread: {
        buffer: readMemory,
        callback: (count: number) => {
          this.#read(count)
          return true
        },
      },
    }
    this.socket = secure ? connectTls({ ...options, servername: host }) : connectTcp(options)
    let failure: Error | undefined
    this.socket.on(secure ? 'secureConnect' : 'connect', () => {
      this.connected = true
      connected()
    })
    this.socket.on('drain', () => this.#user?.drain())
    this.socket.on('error', (error) => {
      failure = error
    })
    this.socket.on('end', () => this.socket.destroy())
    this.socket.on('close', () => {
      const user = this.#user
      this.#user = undefined
      this.#closed(this, failure)
      if (user) {
        const whole = failure === undefined && this.reader.close()
        if (whole) user.flush(readMemory, 0, 0)
        user.gone(failure)
      }
    })
  }

  get inUse(): boolean {
    return this.#user !== undefined
  }

  use(user: UpstreamUser): void {
    this.#user = user
  }

  free(): void {
    this.#user = undefined
    this.reader.stop()
  }

  destroy(error?: Error): void {
    this.#user = undefined
    this.reader.stop()
    this.socket.destroy(error)
  }

  #read(count: number): void {
    const user = this.#user
    // Nobody asked: whatever this is, it belongs to no request.
    if (!user) {
      this.socket.destroy()
      return
    }
    const rest = this.reader.feed(readMemory, 0, count)
    user.flush(readMemory, rest, count)
  }
}
