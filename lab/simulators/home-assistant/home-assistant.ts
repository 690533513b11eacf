import { randomBytes } from 'node:crypto'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

import { WebSocketServer, type WebSocket } from 'ws'

import { isLocal, visitorOf } from './forwarded.ts'
import { configOf, newState, type HttpConfig, type State } from './state.ts'

export type HomeAssistantOptions = Partial<
  Pick<State, 'world' | 'version' | 'onboarded' | 'externalUrl'>
> & {
  readonly host?: string
  readonly port?: number
  /** How long a trial lasts before Home Assistant goes back by itself (really: five minutes). */
  readonly trialMs?: number
  readonly restartMs?: number
}

export type HomeAssistant = {
  readonly url: string
  readonly port: number
  /** A long-lived access token of the owner. */
  readonly token: string
  readonly state: State
  restart(): Promise<void>
  close(): Promise<void>
}

/** Home Assistant as a proxy, a visitor and an administrator meet it; both worlds of the http settings. */
export async function startHomeAssistant(
  options: HomeAssistantOptions = {},
): Promise<HomeAssistant> {
  const token = randomBytes(20).toString('hex')
  const host = options.host ?? '127.0.0.1'
  let server: Server
  let sockets: WebSocketServer
  let trial: NodeJS.Timeout | undefined
  let closed = false
  let port = options.port ?? 0
  const { host: _host, port: _port, trialMs, restartMs, ...initial } = options
  const state = newState(port, initial)

  const config = (): HttpConfig =>
    state.active === 'pending' && state.pending ? state.pending : state.stable

  async function listen(): Promise<void> {
    server = createServer((request, response) => serve(request, response))
    sockets = new WebSocketServer({ noServer: true })
    server.on('upgrade', (request, socket, head) => {
      const judged = visitorOf(peerOf(request), request.headers, config())
      if ('refused' in judged) {
        note(request, peerOf(request), 400, judged.refused)
        socket.end(
          'HTTP/1.1 400 Bad Request\r\ncontent-length: 16\r\nconnection: close\r\n\r\n400: Bad Request',
        )
        return
      }
      note(request, judged.visitor, 101)
      sockets.handleUpgrade(request, socket, head, (webSocket) => talk(webSocket))
    })
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject)
      server.listen(port, host, () => resolve())
    })
    port = (server.address() as AddressInfo).port
    state.running = true
  }

  async function stop(): Promise<void> {
    state.running = false
    for (const client of sockets.clients) client.terminate()
    server.closeAllConnections()
    await new Promise<void>((resolve) => server.close(() => resolve()))
  }

  /** A normal boot takes `pending` on trial when it has no error; a trial that nobody confirms is over. */
  async function restart(): Promise<void> {
    if (closed) return
    clearTimeout(trial)
    state.restarts++
    await stop()
    await new Promise((resolve) => setTimeout(resolve, restartMs ?? 30))
    state.active = state.pending && state.pending.error === null ? 'pending' : 'stable'
    state.revertAt = null
    if (state.active === 'pending') {
      const ms = trialMs ?? 300_000
      state.revertAt = Date.now() + ms
      trial = setTimeout(() => {
        if (state.pending) state.pending.error = 'not_promoted'
        void restart()
      }, ms)
      trial.unref()
    }
    if (!closed) await listen()
  }

  const peerOf = (request: IncomingMessage): string =>
    (request.socket.remoteAddress ?? '').replace(/^::ffff:/, '')

  function note(request: IncomingMessage, visitor: string, status: number, problem?: string): void {
    state.seen.push({ path: request.url ?? '', peer: peerOf(request), visitor, status })
    if (problem !== undefined) state.errorLog.push(problem)
  }

  function serve(request: IncomingMessage, response: ServerResponse): void {
    const judged = visitorOf(peerOf(request), request.headers, config())
    const reply =
      'refused' in judged
        ? { status: 400, type: 'text/plain', body: '400: Bad Request' }
        : answer(request, judged.visitor)
    note(
      request,
      'refused' in judged ? peerOf(request) : judged.visitor,
      reply.status,
      'refused' in judged ? judged.refused : undefined,
    )
    request.resume()
    response.writeHead(reply.status, {
      'content-type': reply.type,
      'referrer-policy': 'no-referrer',
      'x-content-type-options': 'nosniff',
      'x-frame-options': 'SAMEORIGIN',
      server: '',
      ...('location' in reply ? { location: reply.location } : {}),
    })
    response.end(reply.body)
  }

  type Answer = { status: number; type: string; body: string; location?: string }
  const json = (body: unknown, status = 200): Answer => ({
    status,
    type: 'application/json',
    body: JSON.stringify(body),
  })

  function answer(request: IncomingMessage, visitor: string): Answer {
    const path = (request.url ?? '/').split('?')[0] ?? '/'
    const signedIn = request.headers.authorization === `Bearer ${token}`
    if (path === '/')
      return state.onboarded
        ? {
            status: 200,
            type: 'text/html',
            body: '<!DOCTYPE html><html><head><title>Home Assistant</title><meta name="application-name" content="Home Assistant"></head><body></body></html>',
          }
        : { status: 302, type: 'text/html', body: '', location: '/onboarding.html' }
    if (path === '/manifest.json')
      return json({
        name: 'Home Assistant',
        short_name: 'Home Assistant',
        start_url: '/?homescreen=1',
      })
    if (path === '/auth/providers') {
      if (!state.onboarded)
        return json({ message: 'Onboarding not finished', code: 'onboarding_required' }, 400)
      const networks = state.trustedNetworks
        ? [{ name: 'Trusted Networks', id: null, type: 'trusted_networks' }]
        : []
      return json({
        providers: [{ name: 'Home Assistant Local', id: null, type: 'homeassistant' }, ...networks],
        preselect_remember_me: isLocal(visitor),
      })
    }
    if (path === '/api/onboarding')
      return state.onboarded
        ? { status: 404, type: 'text/plain', body: '404: Not Found' }
        : json([
            { step: 'user', done: false },
            { step: 'core_config', done: false },
            { step: 'analytics', done: false },
            { step: 'integration', done: false },
          ])
    if (!path.startsWith('/api/'))
      return { status: 404, type: 'text/plain', body: '404: Not Found' }
    if (!signedIn) {
      state.loginNotices++
      return { status: 401, type: 'text/plain', body: '401: Unauthorized' }
    }
    if (path === '/api/config')
      return json({
        version: state.version,
        state: 'RUNNING',
        external_url: state.externalUrl,
        internal_url: null,
        safe_mode: false,
        recovery_mode: state.recoveryMode,
        components: ['http', 'api', 'frontend'],
      })
    if (path === '/api/config/core/check_config')
      return json(
        state.configurationValid
          ? { result: 'valid', errors: null, warnings: null }
          : { result: 'invalid', errors: 'Invalid config for light', warnings: null },
      )
    if (path === '/api/error_log')
      return { status: 200, type: 'text/plain', body: state.errorLog.join('\n') }
    if (path === '/api/services/homeassistant/restart') {
      if (!state.configurationValid)
        return { status: 500, type: 'text/plain', body: '500 Internal Server Error' }
      setTimeout(() => void restart(), 5)
      return json([])
    }
    return { status: 404, type: 'text/plain', body: '404: Not Found' }
  }

  function talk(socket: WebSocket): void {
    const send = (message: unknown) => socket.send(JSON.stringify(message))
    let signedIn = false
    send({ type: 'auth_required', ha_version: state.version })
    socket.on('error', () => socket.terminate())
    socket.on('message', (data: Buffer) => {
      const message = JSON.parse(data.toString()) as Record<string, unknown>
      if (!signedIn) {
        signedIn = message['type'] === 'auth' && message['access_token'] === token
        if (signedIn) send({ type: 'auth_ok', ha_version: state.version })
        else {
          state.loginNotices++
          send({ type: 'auth_invalid', message: 'Invalid access token or password' })
          socket.close()
        }
        return
      }
      const id = message['id']
      const reply = command(message)
      if ('error' in reply) send({ id, type: 'result', success: false, error: reply.error })
      else send({ id, type: 'result', success: true, result: reply.result })
      if ('restart' in reply && reply.restart) setTimeout(() => void restart(), 5)
    })
  }

  type Outcome =
    | { result: unknown; restart?: boolean }
    | { error: { code: string; message: string } }
  const refuse = (code: string, message: string): Outcome => ({ error: { code, message } })

  function command(message: Readonly<Record<string, unknown>>): Outcome {
    const type = String(message['type'])
    if (type === 'get_config')
      return {
        result: {
          version: state.version,
          external_url: state.externalUrl,
          recovery_mode: state.recoveryMode,
        },
      }
    if (type === 'config/auth/list')
      return {
        result: state.users.map((user) => ({
          ...user,
          username: user.name.toLowerCase(),
          is_active: true,
          system_generated: false,
          group_ids: ['system-admin'],
          credentials: [{ type: 'homeassistant' }],
        })),
      }
    if (type === 'config/core/update') {
      if (typeof message['external_url'] === 'string' || message['external_url'] === null)
        state.externalUrl = message['external_url']
      return { result: null }
    }
    if (type === 'repairs/list_issues') return { result: { issues: [] } }
    if (state.world === 'yaml' || !type.startsWith('http/'))
      return refuse('unknown_command', 'Unknown command.')
    if (type === 'http/config')
      return {
        result: {
          stable: state.stable,
          pending: state.pending,
          revert_at: state.revertAt === null ? null : new Date(state.revertAt).toISOString(),
          active_config_type: state.active,
          default: configOf(newState(8123, {}).stable),
        },
      }
    if (type === 'http/config/configure') return configure(message['config'] as HttpConfig | null)
    if (type === 'http/config/promote') {
      if (!state.pending || state.pending.error !== null || state.active !== 'pending')
        return refuse('not_allowed', 'There is no pending configuration to promote')
      clearTimeout(trial)
      state.stable = state.pending
      state.pending = null
      state.active = 'stable'
      state.revertAt = null
      return { result: null }
    }
    return refuse('unknown_command', 'Unknown command.')
  }

  function configure(wanted: HttpConfig | null): Outcome {
    if (!state.running) return refuse('not_running', 'Home Assistant is not running')
    if (wanted === null || same(wanted, configOf(state.stable))) {
      const wasTrial = state.active === 'pending'
      state.pending = null
      return { result: { restart: wasTrial }, restart: wasTrial }
    }
    const extra = Object.keys(wanted).find((key) => !known.has(key))
    if (extra !== undefined)
      return refuse('invalid_format', `extra keys not allowed @ data['${extra}']`)
    if (wanted.use_x_forwarded_for === true && (wanted.trusted_proxies ?? []).length === 0)
      return refuse('invalid_format', 'use_x_forwarded_for needs trusted_proxies')
    const bad = wanted.trusted_proxies?.find((range) => !/^[0-9a-f.:]+(\/\d+)?$/i.test(range))
    if (bad !== undefined) return refuse('invalid_format', 'expected a network address')
    if (state.pending && state.pending.error === null && same(wanted, configOf(state.pending)))
      return { result: { restart: false } }
    state.pending = {
      ...wanted,
      created_at: new Date().toISOString(),
      error: null,
      error_message: null,
    }
    const restarts = state.configurationValid
    return { result: { restart: true }, restart: restarts }
  }

  await listen()
  if (state.stable.server_port === 0) state.stable.server_port = port
  return {
    url: `http://${host}:${port}`,
    port,
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

const known = new Set([
  'server_host',
  'server_port',
  'ssl_certificate',
  'ssl_key',
  'ssl_peer_certificate',
  'ssl_profile',
  'use_x_forwarded_for',
  'trusted_proxies',
  'ip_ban_enabled',
  'login_attempts_threshold',
  'cors_allowed_origins',
  'use_x_frame_options',
])

const same = (a: HttpConfig, b: HttpConfig): boolean => canonical(a) === canonical(b)

const canonical = (config: HttpConfig): string =>
  JSON.stringify(
    Object.entries(config)
      .filter(([, value]) => value !== undefined)
      .toSorted(([a], [b]) => a.localeCompare(b)),
  )
