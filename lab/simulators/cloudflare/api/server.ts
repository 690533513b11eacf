import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { createServer as createSecureServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'

import type { Pair } from '../../pki.ts'
import type { State } from '../state.ts'
import type { Pace } from './pulls.ts'
import { refuse, type Reply } from './reply.ts'
import { answer } from './router.ts'

/** What can go wrong on the way. `lost-answer`: it is done, and nobody hears of it. */
export type Fault =
  | { readonly is: 'lost-answer' }
  | {
      readonly is: 'refused-before'
      readonly status: number
      readonly body?: string
      readonly headers?: Record<string, string>
    }
  | { readonly is: 'html'; readonly status: number }
  /** A refusal that quotes the authorization of the call. */
  | { readonly is: 'quotes-call' }
  | { readonly is: 'empty' }
  | { readonly is: 'cut' }
  | { readonly is: 'slow'; readonly ms: number }
  | { readonly is: 'false-with-200' }
  | { readonly is: 'no-result-info' }
  | { readonly is: 'huge' }

export type LoggedCall = {
  readonly method: string
  readonly path: string
  readonly status: number
  readonly at: number
}

export type ApiServer = {
  readonly baseUrl: string
  readonly log: LoggedCall[]
  /** Makes the next calls that match meet the fault; `times` defaults to 1. */
  fault(match: RegExp, fault: Fault, times?: number): void
  clearFaults(): void
  /** Told of every call that changes something, right before it is done and right after, unanswered yet. */
  onWrite(hear: (moment: string) => Promise<void>): void
  /** Cuts every connection, that of `cdn-cgi/trace` too. */
  away(is: boolean): void
  close(): Promise<void>
}

const maxBody = 1_000_000

export async function startApi(
  state: State,
  options: {
    readonly host: string
    readonly port?: number
    readonly pace: Pace
    /** Over TLS with this certificate, where it is given. */
    readonly tls?: Pair
    now(): Date
  },
): Promise<ApiServer> {
  const log: LoggedCall[] = []
  let isAway = false
  let faults: { match: RegExp; fault: Fault; times: number }[] = []
  let hearWrite = (_moment: string): Promise<void> => Promise.resolve()
  const faultFor = (method: string, path: string): Fault | undefined => {
    const found = faults.find(({ match, times }) => times > 0 && match.test(`${method} ${path}`))
    if (found) found.times--
    return found?.fault
  }

  const asked = new WeakSet<object>()
  const listener = (request: IncomingMessage, response: ServerResponse): void => {
    asked.add(request.socket)
    void serve(request, response).catch(() => response.destroy())
  }
  const server = options.tls
    ? createSecureServer({ cert: options.tls.certificatePem, key: options.tls.keyPem }, listener)
    : createServer(listener)
  // Inadyn sends the rest of its buffer behind a request that it wants to be the last: that is answered.
  server.on('clientError', (_error, socket) => {
    if (!asked.has(socket)) socket.destroy()
  })
  async function serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    if (isAway) {
      request.socket.destroy()
      return
    }
    const url = new URL(request.url ?? '/', 'http://api.invalid')
    if (url.pathname === '/cdn-cgi/trace') return traceAnswer(request, response, state)
    // A slash at the end is the same to Cloudflare: ddclient asks for `/zones/?name=…`.
    const path = url.pathname.replace(/^\/client\/v4/, '').replace(/(?<=.)\/$/, '')
    const method = request.method ?? 'GET'
    const body = await bodyOf(request)
    const fault = faultFor(method, path)
    if (fault?.is === 'slow') await sleep(fault.ms)
    if (fault?.is === 'refused-before') {
      log.push({ method, path, status: fault.status, at: Date.now() })
      response.writeHead(fault.status, { 'content-type': 'application/json', ...fault.headers })
      response.end(fault.body ?? '')
      return
    }
    if (fault?.is === 'quotes-call') {
      const message = `cannot read ${request.headers.authorization}`
      return write(response, refuse(400, { code: 6000, message }), undefined)
    }
    const writes = method !== 'GET' && url.searchParams.get('dry_run') !== 'true'
    if (writes) await hearWrite(`before ${method} ${path}`)
    const reply = answer(
      { method, path, query: url.searchParams, headers: request.headers, body, now: options.now() },
      state,
      options.pace,
    )
    log.push({ method, path, status: reply.status, at: Date.now() })
    if (writes) await hearWrite(`after ${method} ${path}`)
    write(response, reply, fault)
  }

  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(options.port ?? 0, options.host, resolve)
  })
  const { address, port } = server.address() as AddressInfo
  return {
    baseUrl: `http${options.tls ? 's' : ''}://${address}:${port}/client/v4`,
    log,
    fault: (match, fault, times = 1) => void faults.push({ match, fault, times }),
    clearFaults: () => {
      faults = []
    },
    onWrite(hear) {
      hearWrite = hear
    },
    away(is) {
      isAway = is
      if (is) server.closeAllConnections()
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}

function write(response: ServerResponse, reply: Reply, fault: Fault | undefined): void {
  const headers = {
    'content-type': 'application/json',
    ratelimit: '"default";r=1100;t=240',
    'ratelimit-policy': '"default";q=1200;w=300',
    'cf-ray': `${Math.random().toString(16).slice(2, 18)}-LAB`,
    ...reply.headers,
  }
  switch (fault?.is) {
    case 'lost-answer':
      response.destroy()
      return
    case 'html':
      response.writeHead(fault.status, { 'content-type': 'text/html' })
      response.end(
        '<!DOCTYPE html><html><head><title>520</title></head><body>Web server is returning an unknown error</body></html>',
      )
      return
    case 'empty':
      response.writeHead(200, headers)
      response.end()
      return
    case 'cut':
      response.writeHead(200, { ...headers, 'content-length': '5000' })
      response.write('{"result":[{"id":')
      setTimeout(() => response.destroy(), 5)
      return
    case 'huge':
      response.writeHead(200, headers)
      response.end(`{"result":"${'x'.repeat(40_000_000)}"}`)
      return
    case 'false-with-200':
      response.writeHead(200, headers)
      response.end(
        JSON.stringify({
          success: false,
          errors: [{ message: 'internal error' }],
          messages: [],
          result: null,
        }),
      )
      return
    default: {
      const body =
        fault?.is === 'no-result-info'
          ? { ...(reply.body as object), result_info: undefined }
          : reply.body
      response.writeHead(reply.status, headers)
      response.end(
        typeof body === 'string' ? body : body === undefined ? undefined : JSON.stringify(body),
      )
    }
  }
}

function traceAnswer(request: IncomingMessage, response: ServerResponse, state: State): void {
  const peer = request.socket.remoteAddress ?? ''
  const family = peer.includes(':') && !peer.startsWith('::ffff:') ? 'ipv6' : 'ipv4'
  const { trace } = state.outside
  if (trace === 'down') return void response.destroy()
  if (trace === 'silent') return
  const lines = {
    fl: '1f1',
    h: request.headers.host?.replace(/:\d+$/, ''),
    ip: trace ?? state.callerAddress[family] ?? peer,
    ts: '0',
    visit_scheme: 'https',
    uag: '',
    colo: 'LAB',
    sliver: 'none',
    http: 'http/1.1',
    loc: 'PT',
    tls: 'TLSv1.3',
    sni: 'plaintext',
    warp: 'off',
    gateway: 'off',
    rbi: 'off',
    kex: 'X25519',
  }
  response.writeHead(200, { 'content-type': 'text/plain' })
  response.end(
    `${Object.entries(lines)
      .map(([key, value]) => `${key}=${value}`)
      .join('\n')}\n`,
  )
}

async function bodyOf(request: IncomingMessage): Promise<Record<string, unknown>> {
  const chunks: Buffer[] = []
  let size = 0
  for await (const chunk of request) {
    size += (chunk as Buffer).length
    if (size > maxBody) throw new Error('the body is too large')
    chunks.push(chunk as Buffer)
  }
  const text = Buffer.concat(chunks).toString('utf8')
  try {
    return text === '' ? {} : (JSON.parse(text) as Record<string, unknown>)
  } catch {
    return {}
  }
}
