import {
  Agent as HttpAgent,
  createServer,
  request as httpRequest,
  type ClientRequest,
  type IncomingMessage,
  type Server,
  type ServerResponse,
} from 'node:http'
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https'
import type { Socket } from 'node:net'
import type { Duplex } from 'node:stream'

import type { PeerKind } from './admission.ts'
import type { Counters } from './counters.ts'
import { servedHost, towardsHome, towardsVisitor, visitorAddress } from './headers.ts'
import { page } from './pages.ts'

export type Peer = { readonly kind: PeerKind; readonly address: string }

export type ForwardOptions = {
  peerOf(socket: Duplex): Peer | undefined
  names(): readonly string[]
  upstream(): URL
  readonly counters: Counters
}

/** Seconds are plenty on the LAN; a Home Assistant that starts up refuses at once. */
const connectMs = 5000
/** As long as the edge keeps a connection to an origin (Cloudflare docs, "Connection limits"). */
const keepAliveMs = 900_000

export type Forwarder = { readonly http: Server; close(): Promise<void> }

/**
 * HTTP/1.1 and WebSockets from admitted connections to Home Assistant. Parsing is strict (llhttp): one
 * Host, one framing, no folded or malformed lines; what it refuses is answered 400 and closed.
 */
export function forwarder(options: ForwardOptions): Forwarder {
  const agents = {
    'http:': new HttpAgent({ keepAlive: true, scheduling: 'lifo' }),
    'https:': new HttpsAgent({ keepAlive: true, scheduling: 'lifo' }),
  }
  const upgraded = new Set<Duplex>()

  const outgoing = (
    request: IncomingMessage,
    headers: string[],
    agent: HttpAgent | HttpsAgent | false,
  ): ClientRequest => {
    const upstream = options.upstream()
    const send = upstream.protocol === 'https:' ? httpsRequest : httpRequest
    const made = send({
      host: upstream.hostname.replace(/^\[|\]$/g, ''),
      port: upstream.port === '' ? undefined : upstream.port,
      method: request.method,
      path: request.url,
      headers,
      agent,
      setHost: false,
    })
    made.on('socket', (socket) => {
      if (!socket.connecting) return
      socket.setTimeout(connectMs, () =>
        socket.destroy(new Error('Home Assistant does not accept the connection')),
      )
      socket.once('connect', () => socket.setTimeout(0))
    })
    return made
  }

  /** The headers for Home Assistant, or why the request is not forwarded. */
  const admit = (
    request: IncomingMessage,
  ): { headers: string[] } | { status: number; refusal: 'wrong-host' | 'no-visitor-address' } => {
    const peer = options.peerOf(request.socket)
    if (servedHost(request.rawHeaders, options.names()) === undefined)
      return { status: 421, refusal: 'wrong-host' }
    const visitor = peer && visitorAddress(peer.kind, peer.address, request.rawHeaders)
    return visitor === undefined
      ? { status: 400, refusal: 'no-visitor-address' }
      : { headers: towardsHome(request.rawHeaders, visitor) }
  }

  const pass = (request: IncomingMessage, response: ServerResponse): void => {
    options.counters.requests++
    const admitted = admit(request)
    if ('refusal' in admitted) {
      options.counters.refused[admitted.refusal]++
      request.resume()
      page(response, admitted.status, 'Not here', 'This name is not served here.')
      return
    }
    const chunked = request.headers['transfer-encoding'] !== undefined
    const upstream = outgoing(
      request,
      [...admitted.headers, ...(chunked ? ['Transfer-Encoding', 'chunked'] : [])],
      agents[options.upstream().protocol === 'https:' ? 'https:' : 'http:'],
    )
    upstream.on('response', (answer) => {
      response.writeHead(
        answer.statusCode ?? 502,
        answer.statusMessage,
        towardsVisitor(answer.rawHeaders),
      )
      answer.pipe(response)
      // An answer that broke off must not look complete.
      answer.on('error', () => response.destroy())
      answer.on('aborted', () => response.destroy())
    })
    upstream.on('error', () => {
      if (response.headersSent) {
        response.destroy()
        return
      }
      options.counters.refused['upstream-down']++
      page(
        response,
        502,
        'Home Assistant does not answer',
        'It may be starting. This page can be loaded again in a moment.',
      )
    })
    response.on('close', () => upstream.destroy())
    request.pipe(upstream)
  }

  const upgrade = (request: IncomingMessage, socket: Duplex, head: Buffer): void => {
    socket.on('error', () => socket.destroy())
    options.counters.requests++
    const refuse = (status: number) =>
      void socket.end(
        `HTTP/1.1 ${status} Refused\r\nContent-Length: 0\r\nConnection: close\r\n\r\n`,
      )
    const isWebSocket =
      request.method === 'GET' &&
      request.headers.upgrade?.toLowerCase() === 'websocket' &&
      head.length === 0
    const admitted = admit(request)
    if (!isWebSocket || 'refusal' in admitted) {
      options.counters.refused['refusal' in admitted ? admitted.refusal : 'malformed']++
      refuse('refusal' in admitted ? admitted.status : 400)
      return
    }
    const upstream = outgoing(
      request,
      [...admitted.headers, 'Connection', 'Upgrade', 'Upgrade', 'websocket'],
      false,
    )
    upstream.on('upgrade', (answer, home: Socket, early: Buffer) => {
      const lines = pairs(towardsVisitor(answer.rawHeaders))
      socket.write(
        `HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n${lines}\r\n`,
      )
      if (early.length > 0) socket.write(early)
      options.counters.webSockets++
      upgraded.add(socket)
      join(socket, home)
      socket.on('close', () => upgraded.delete(socket))
    })
    upstream.on('response', (answer) => {
      socket.write(
        `HTTP/1.1 ${answer.statusCode ?? 502} ${answer.statusMessage ?? ''}\r\n${pairs(towardsVisitor(answer.rawHeaders))}Connection: close\r\n\r\n`,
      )
      answer.pipe(socket)
    })
    upstream.on('error', () => {
      options.counters.refused['upstream-down']++
      refuse(502)
    })
    upstream.end()
  }

  const http = createServer(
    {
      maxHeaderSize: 32_768,
      headersTimeout: 15_000,
      requestTimeout: 0,
      keepAliveTimeout: keepAliveMs,
      insecureHTTPParser: false,
      noDelay: true,
    },
    pass,
  )
  http.maxHeadersCount = 100
  http.on('upgrade', upgrade)
  http.on('clientError', (_error, socket: Socket) => {
    options.counters.refused.malformed++
    if (socket.writable)
      socket.end('HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\nConnection: close\r\n\r\n')
    else socket.destroy()
  })
  return {
    http,
    async close() {
      // "Going away" (RFC 6455 section 7.4.1), so that the app comes back instead of waiting.
      for (const socket of upgraded) socket.end(Buffer.from([0x88, 0x02, 0x03, 0xe9]))
      http.closeIdleConnections()
      await new Promise((resolve) => setTimeout(resolve, upgraded.size > 0 ? 100 : 0))
      http.closeAllConnections()
      for (const socket of upgraded) socket.destroy()
      agents['http:'].destroy()
      agents['https:'].destroy()
    },
  }
}

function join(a: Duplex, b: Duplex): void {
  a.pipe(b).pipe(a)
  for (const [one, other] of [
    [a, b],
    [b, a],
  ] as const) {
    one.on('error', () => other.destroy())
    one.on('close', () => other.destroy())
  }
}

const pairs = (raw: readonly string[]): string => {
  let text = ''
  for (let i = 0; i + 1 < raw.length; i += 2) text += `${raw[i] ?? ''}: ${raw[i + 1] ?? ''}\r\n`
  return text
}
