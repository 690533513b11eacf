import { createServer as createHttpServer, type IncomingMessage, type Server } from 'node:http'
import type { ServerResponse } from 'node:http'
import { createServer as createHttpsServer } from 'node:https'
import { readFile } from 'node:fs/promises'
import { createServer as createProbe } from 'node:net'
import type { Socket } from 'node:net'
import { createSecureContext } from 'node:tls'

import { WebSocketServer } from 'ws'
import { z } from 'zod'

import { talk } from './conversation.ts'
import { emergencyPair } from './emergency.ts'
import { visitorOf } from './forwarded.ts'
import { activate } from './http-store.ts'
import { openPage, ownersPage, type Request } from './pages.ts'
import { text, type Page } from './page.ts'
import { failedSignIn, signIn } from './sign-in.ts'
import { httpInYaml, whyNotValid } from './yaml.ts'
import { inUse, newToken, newState, type Slot, type State } from './state.ts'

export type HomeAssistantOptions = Partial<
  Pick<State, 'world' | 'version' | 'onboarded' | 'externalUrl'>
> & {
  readonly host?: string
  readonly port?: number
  /** Before 2026.8: where its configuration.yaml is, read at every start. */
  readonly folder?: string
  /** How long a trial lasts before Home Assistant goes back by itself (really: five minutes). */
  readonly trialMs?: number
  /** How long nobody answers when it restarts, and as long again until it says that it runs. */
  readonly restartMs?: number
}

export type HomeAssistant = {
  readonly url: string
  readonly port: number
  /** A long-lived access token of the owner. */
  readonly token: string
  /** Everything it knows and saw; a test may look and change. */
  readonly state: State
  restart(): Promise<void>
  close(): Promise<void>
}

/** Home Assistant as a proxy, a visitor and an administrator meet it; both worlds of the http settings. */
export async function startHomeAssistant(
  options: HomeAssistantOptions = {},
): Promise<HomeAssistant> {
  const {
    host = '127.0.0.1',
    port: wished = 0,
    trialMs,
    restartMs = 30,
    folder,
    ...initial
  } = options
  const state = newState(wished, initial)
  const owner = state.users[0]
  const token = owner ? newToken(state, owner) : ''
  const accounts = signIn(state)
  let server: Server
  let sockets: WebSocketServer
  let trial: NodeJS.Timeout | undefined
  let settle: NodeJS.Timeout | undefined
  let port = wished
  let closed = false

  async function listen(): Promise<void> {
    if (folder !== undefined) Object.assign(state.stable, await httpInYaml(folder))
    state.recoveryMode = false
    server = await serverFor(activate(state)).catch((error: unknown) => fallBack(error))
    sockets = new WebSocketServer({ noServer: true })
    server.on('request', (request, response) => void serve(request, response))
    server.on('upgrade', upgrade)
    await new Promise<void>((done, fail) => {
      server.once('error', fail)
      server.listen(inUse(state).server_port, host, done)
    })
    port = z.object({ port: z.number() }).parse(server.address()).port
    // Asked for any port, it keeps the one it got.
    for (const slot of [state.stable, state.pending])
      if (slot?.server_port === 0) slot.server_port = port
  }

  /**
   * Settings on trial that cannot be used are given up within the same boot; others end in recovery mode, with a certificate
   * that it makes itself.
   */
  async function fallBack(error: unknown): Promise<Server> {
    if (state.active !== 'pending' || !state.pending) {
      state.recoveryMode = true
      return createHttpsServer(await emergencyPair())
    }
    state.pending.error = 'apply_failed'
    state.pending.error_message = `Could not use SSL certificate from ${state.pending.ssl_certificate}: ${String(error)}`
    state.active = 'stable'
    return await serverFor(state.stable)
  }

  async function stop(): Promise<void> {
    state.running = false
    clearTimeout(settle)
    for (const client of sockets.clients) client.terminate()
    server.closeAllConnections()
    await new Promise<void>((done) => server.close(() => done()))
  }

  async function restart(): Promise<void> {
    if (closed || state.faults.restartHangs) return
    clearTimeout(trial)
    state.restarts++
    await stop()
    if (state.onboarded) state.onboardingViews = false
    await new Promise((done) => setTimeout(done, restartMs))
    if (closed) return
    await listen()
    settle = setTimeout(() => (state.running = true), restartMs)
    state.revertAt = null
    if (state.active !== 'pending') return
    const ms = trialMs ?? 300_000
    state.revertAt = Date.now() + ms
    trial = setTimeout(() => revert(), ms)
    trial.unref()
  }

  function revert(): void {
    state.revertAt = null
    if (!state.pending) return
    state.pending.error = 'not_promoted'
    // Its own restart checks the configuration too, and stays away if that is not valid.
    if (state.configurationValid) void restart()
  }

  const restartSoon = (): void => void setTimeout(() => void restart(), 5)

  function judge(request: IncomingMessage): { visitor: string } | { refused: Page } {
    const peer = peerOf(request)
    const judged = visitorOf(peer, (name) => request.headersDistinct[name] ?? [], inUse(state))
    if ('refused' in judged) {
      state.errorLog.push(judged.refused)
      return { refused: text('400: Bad Request', 400) }
    }
    return state.banned.has(judged.visitor)
      ? { refused: text('403: Forbidden', 403) }
      : { visitor: judged.visitor }
  }

  function note(request: IncomingMessage, visitor: string, status: number): void {
    state.seen.push({ path: request.url ?? '', peer: peerOf(request), visitor, status })
  }

  async function serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const judged = judge(request)
    const visitor = 'visitor' in judged ? judged.visitor : peerOf(request)
    const page = 'refused' in judged ? judged.refused : await answer(request, visitor)
    note(request, visitor, page.status)
    if (page.status === 401) failedSignIn(state, visitor)
    response.writeHead(page.status, {
      'content-type': page.type,
      'referrer-policy': 'no-referrer',
      'x-content-type-options': 'nosniff',
      'x-frame-options': 'SAMEORIGIN',
      server: '',
      ...(page.location === undefined ? {} : { location: page.location }),
    })
    response.end(page.body)
  }

  async function answer(request: IncomingMessage, visitor: string): Promise<Page> {
    const asked: Request = {
      method: request.method ?? 'GET',
      path: (request.url ?? '/').split('?')[0] ?? '/',
      visitor,
      bearer: request.headers.authorization?.replace(/^Bearer /, '') ?? '',
    }
    const body = await bodyOf(request)
    await validate()
    const page =
      openPage(state, asked) ?? accounts.page(asked.method, asked.path, body, asked.bearer)
    if (/"invalid_(?:auth|code)"/.test(page?.body ?? '')) failedSignIn(state, visitor)
    return page ?? ownersPage(state, asked, restartSoon)
  }

  async function validate(): Promise<void> {
    if (folder !== undefined) state.configurationValid = (await whyNotValid(folder)) === undefined
  }

  function upgrade(request: IncomingMessage, socket: Socket, head: Buffer): void {
    const judged = judge(request)
    if ('refused' in judged) {
      const { status, body } = judged.refused
      note(request, peerOf(request), status)
      socket.end(
        `HTTP/1.1 ${status} ${body.slice(5)}\r\ncontent-length: ${body.length}\r\nconnection: close\r\n\r\n${body}`,
      )
      return
    }
    note(request, judged.visitor, 101)
    sockets.handleUpgrade(request, socket, head, (webSocket) =>
      talk(webSocket, state, {
        visitor: judged.visitor,
        canBind: whyNotBind,
        validate,
        restart: restartSoon,
      }),
    )
  }

  const whyNotBind = (wanted: number): Promise<string | undefined> =>
    new Promise((done) => {
      const probe = createProbe()
      probe.once('error', (error) =>
        done(`Failed to create HTTP server at port ${wanted}: ${error.message}`),
      )
      probe.listen(wanted, host, () => probe.close(() => done(undefined)))
    })

  await listen()
  return {
    get url() {
      return `${(inUse(state).ssl_certificate ?? undefined) === undefined ? 'http' : 'https'}://${host}:${port}`
    },
    get port() {
      return port
    },
    token,
    state,
    restart,
    async close() {
      closed = true
      clearTimeout(trial)
      await stop()
    },
  }
}

const peerOf = (request: IncomingMessage): string =>
  (request.socket.remoteAddress ?? '').replace(/^::ffff:/, '')

/** Over TLS if there is a certificate, which is read and matched with its key now and never again. */
async function serverFor(slot: Slot): Promise<Server> {
  const { ssl_certificate: certificate, ssl_key: key } = slot
  if (certificate === undefined) return createHttpServer()
  const pair = {
    cert: await readFile(certificate),
    key: key === undefined ? undefined : await readFile(key),
  }
  createSecureContext(pair)
  return createHttpsServer(pair)
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  let body = ''
  for await (const chunk of request.setEncoding('utf8')) body += String(chunk)
  return body
}
