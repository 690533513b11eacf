import { errorCode } from '../../core/problem.ts'
import type { Limits } from '../limits.ts'
import { UpstreamConnection, type Destination } from './upstream-connection.ts'

/** Why an upstream does not serve, as far as the gateway saw it. */
export type Trouble = 'refused' | 'timeout' | 'unreachable' | 'no-such-host' | 'tls' | 'broken'

export type Health =
  | { readonly is: 'unknown' }
  | { readonly is: 'up' }
  | { readonly is: 'down'; readonly because: Trouble; readonly since: Date }

export type UpstreamOptions = {
  readonly url: string
  readonly limits: () => Limits
  readonly now: () => Date
}

/** More would not help Home Assistant, which answers from one thread. */
const maxIdle = 512
/** Shorter than servers keep an idle connection: aiohttp 75 s, many others 60 s. */
const idleMs = 50_000

/** One service at home, its connections, and how it fares. */
export class Upstream {
  readonly url: string
  readonly #destination: Destination
  readonly #options: UpstreamOptions
  readonly #idle: UpstreamConnection[] = []
  readonly #all = new Set<UpstreamConnection>()
  #health: Health = { is: 'unknown' }
  #retired = false

  constructor(options: UpstreamOptions) {
    this.url = options.url
    this.#options = options
    const url = new URL(options.url)
    const secure = url.protocol === 'https:'
    this.#destination = {
      host: url.hostname.replace(/^\[|\]$/g, ''),
      port: url.port === '' ? (secure ? 443 : 80) : Number(url.port),
      secure,
    }
  }

  get health(): Health {
    return this.#health
  }

  get connections(): { readonly open: number; readonly idle: number } {
    return { open: this.#all.size, idle: this.#idle.length }
  }

  /** The connection that was used last, for its memory is warm; `fresh` for one that nobody used. */
  take(fresh: boolean): UpstreamConnection {
    const idle = fresh ? undefined : this.#idle.pop()
    return idle ?? this.#open()
  }

  /** Takes a connection back after a whole response, if it can serve again. */
  giveBack(connection: UpstreamConnection, now: number): void {
    connection.free()
    if (connection.socket.destroyed) return
    if (this.#retired || this.#idle.length >= maxIdle) {
      connection.socket.destroy()
      return
    }
    connection.reused = true
    connection.idleSince = now
    this.#idle.push(connection)
  }

  /** Closes what was idle for long. */
  sweep(now: number): void {
    while ((this.#idle[0]?.idleSince ?? now) < now - idleMs) this.#idle.shift()?.socket.destroy()
  }

  /** It is not published any more: what is under way ends, and then nothing stays. */
  retire(): void {
    this.#retired = true
    for (const connection of this.#idle.splice(0)) connection.socket.destroy()
  }

  close(): void {
    for (const connection of this.#all) connection.socket.destroy()
  }

  #open(): UpstreamConnection {
    const connection = new UpstreamConnection(
      this.#destination,
      () => {
        clearTimeout(timer)
        if (this.#health.is !== 'up') this.#health = { is: 'up' }
      },
      (closed, error) => {
        clearTimeout(timer)
        this.#all.delete(closed)
        const at = this.#idle.indexOf(closed)
        if (at !== -1) this.#idle.splice(at, 1)
        if (!closed.connected && error) this.#down(troubleOf(error))
      },
    )
    const timer = setTimeout(
      () => connection.socket.destroy(new ConnectTimeout()),
      this.#options.limits().connectMs,
    )
    this.#all.add(connection)
    return connection
  }

  #down(because: Trouble): void {
    const since = this.#health.is === 'down' ? this.#health.since : this.#options.now()
    this.#health = { is: 'down', because, since }
  }
}

class ConnectTimeout extends Error {
  readonly code = 'ETIMEDOUT'
  constructor() {
    super('the connection was not accepted in time')
  }
}

export function troubleOf(error: Error | undefined): Trouble {
  switch (errorCode(error)) {
    case 'ECONNREFUSED':
      return 'refused'
    case 'ETIMEDOUT':
      return 'timeout'
    case 'EHOSTUNREACH':
    case 'ENETUNREACH':
    case 'EHOSTDOWN':
      return 'unreachable'
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
      return 'no-such-host'
    default:
      return /^(?:ERR_TLS|ERR_SSL|CERT_|DEPTH_|SELF_|UNABLE_)/.test(errorCode(error) ?? '')
        ? 'tls'
        : 'broken'
  }
}
