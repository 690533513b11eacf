import { createServer, request as ask, type IncomingMessage, type ServerResponse } from 'node:http'
import type { Socket } from 'node:net'

import { WebSocketServer } from 'ws'
import { z } from 'zod'

import { proxyWebSocket } from './websocket.ts'

export type SupervisorOptions = {
  readonly host: string
  readonly port: number
  /** Home Assistant, and the token with which the Supervisor administers it. */
  readonly core: { readonly url: string; readonly token: string; readonly version: string }
  readonly app: App
  /** The interfaces of the host, as `address/bits`. */
  readonly addresses: readonly string[]
  readonly mqtt?: Readonly<Record<string, unknown>>
}

export type App = {
  readonly token: string
  /** As `manifest` says: what it may ask. */
  readonly homeassistantApi: boolean
  readonly hassioApi: boolean
  readonly address: string
  readonly ingressPort: number
  readonly ports: Readonly<Record<string, number | null>>
}

export type Supervisor = {
  readonly url: string
  /** What was asked of it, and how it answered: `GET /core/info 200`. */
  readonly seen: readonly string[]
  /** One request of a user's browser to the app, as Core and the Supervisor hand it on. */
  visit(path: string, visit: Visit): Promise<Visited>
  close(): Promise<void>
}

export type Visit = {
  readonly user: { readonly id: string; readonly name: string } | undefined
  readonly method?: string
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string
}
export type Visited = {
  readonly status: number
  readonly text: string
  readonly headers: Readonly<Record<string, string | string[] | undefined>>
}

/** The part of the path in which the ingress of the app is. */
export const ingressPath = '/api/hassio_ingress/Q2hhbm5lbA'

/**
 * The Supervisor as an app meets it (home-assistant/supervisor, supervisor/api, 2026): its own answers, Home Assistant's API and
 * WebSocket behind it, and the ingress.
 */
export async function startSupervisor(options: SupervisorOptions): Promise<Supervisor> {
  const { app, core } = options
  const seen: string[] = []

  const serve = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const [path = ''] = (request.url ?? '').split('?')
    const isOurs = request.headers.authorization === `Bearer ${app.token}`
    const answer = isOurs ? await answerTo(request, path) : refused(401, 'unauthorized')
    seen.push(`${request.method ?? ''} ${path} ${answer.status}`)
    response.writeHead(answer.status, { 'content-type': 'application/json' })
    response.end(answer.body)
  }

  const answerTo = async (request: IncomingMessage, path: string): Promise<Answer> => {
    if (path.startsWith('/core/api/')) {
      if (!app.homeassistantApi) return refused(401, 'unauthorized')
      // What belongs to the Supervisor itself is not reached around it.
      if (/^\/core\/api\/hassio(?:_auth)?(?:\/|$)/.test(path)) return refused(403, 'forbidden')
      return handOn(request, path.slice('/core'.length))
    }
    const own = ownAnswers[path]
    if (own === undefined) return refused(404, 'not found')
    if (own.needsApi && !app.hassioApi) return refused(403, 'forbidden')
    const data = own.data()
    return data === undefined
      ? refused(400, 'Service is not enabled')
      : { status: 200, body: JSON.stringify({ result: 'ok', data }) }
  }

  const ownAnswers: Readonly<Record<string, { needsApi: boolean; data(): unknown }>> = {
    '/info': { needsApi: false, data: () => ({ supervisor: '2026.11.1', arch: 'amd64' }) },
    '/core/info': {
      needsApi: true,
      data: () => {
        const { port, protocol, hostname } = new URL(core.url)
        return {
          version: core.version,
          port: Number(port),
          ssl: protocol === 'https:',
          ip_address: hostname,
        }
      },
    },
    '/network/info': {
      needsApi: true,
      data: () => ({
        host_internet: true,
        supervisor_internet: true,
        interfaces: [
          {
            interface: 'eth0',
            enabled: true,
            primary: true,
            ipv4: { address: options.addresses.filter((each) => !each.includes(':')) },
            ipv6: { address: options.addresses.filter((each) => each.includes(':')) },
          },
        ],
      }),
    },
    '/addons/self/info': {
      needsApi: false,
      data: () => ({
        slug: 'local_gatehouse',
        state: 'started',
        ip_address: app.address,
        ingress_port: app.ingressPort,
        host_network: false,
        network: app.ports,
      }),
    },
    '/services/mqtt': { needsApi: false, data: () => options.mqtt },
  }

  const handOn = (request: IncomingMessage, path: string): Promise<Answer> =>
    new Promise((done) => {
      const sent = ask(
        new URL(path, core.url),
        {
          method: request.method,
          headers: { authorization: `Bearer ${core.token}`, 'content-type': 'application/json' },
        },
        (answer) => {
          let body = ''
          answer.setEncoding('utf8').on('data', (chunk: string) => (body += chunk))
          answer.on('end', () => done({ status: answer.statusCode ?? 502, body }))
        },
      )
      sent.on('error', () => done(refused(502, 'bad gateway')))
      request.pipe(sent)
    })

  const sockets = new WebSocketServer({ noServer: true })
  const server = createServer((request, response) => void serve(request, response))
  server.on('upgrade', (request, socket: Socket, head) => {
    const path = request.url ?? ''
    if (path !== '/core/websocket' && path !== '/core/api/websocket') {
      socket.destroy()
      return
    }
    seen.push(`WS ${path}`)
    sockets.handleUpgrade(request, socket, head, (webSocket) =>
      proxyWebSocket(webSocket, core, (token) => app.homeassistantApi && token === app.token),
    )
  })
  await new Promise<void>((done, fail) => {
    server.once('error', fail)
    server.listen(options.port, options.host, done)
  })
  const { port } = z.object({ port: z.number() }).parse(server.address())
  return {
    url: `http://${options.host}:${port}`,
    seen,
    visit: (path, visit) => throughIngress(options, path, visit),
    async close() {
      for (const client of sockets.clients) client.terminate()
      server.closeAllConnections()
      await new Promise<void>((done) => server.close(() => done()))
    },
  }
}

type Answer = { readonly status: number; readonly body: string }

const refused = (status: number, message: string): Answer => ({
  status,
  body: JSON.stringify({ result: 'error', message }),
})

/** What Core (components/hassio/ingress.py) and the Supervisor (api/ingress.py) make of a browser's request, 2026.11. */
function throughIngress(
  { host, app }: SupervisorOptions,
  path: string,
  { user, method = 'GET', headers = {}, body }: Visit,
): Promise<Visited> {
  return new Promise((done, fail) => {
    const sent = ask(
      {
        host: app.address,
        port: app.ingressPort,
        path,
        method,
        localAddress: host,
        agent: false,
        headers: {
          host: 'ha.example.com',
          ...headers,
          'x-hass-source': 'core.ingress',
          'x-ingress-path': ingressPath,
          'x-forwarded-for': '198.18.0.9, 172.30.32.1',
          'x-forwarded-host': 'ha.example.com',
          'x-forwarded-proto': 'https',
          ...(user === undefined
            ? {}
            : { 'x-remote-user-id': user.id, 'x-remote-user-display-name': user.name }),
        },
      },
      (response) => {
        let text = ''
        response.setEncoding('utf8').on('data', (chunk: string) => (text += chunk))
        response.on('end', () =>
          done({ status: response.statusCode ?? 0, text, headers: response.headers }),
        )
      },
    )
    sent.on('error', fail)
    sent.end(body)
  })
}
