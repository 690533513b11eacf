import { request as httpRequest, type IncomingMessage, type ServerResponse } from 'node:http'
import { createServer as createHttps, request as httpsRequest } from 'node:https'
import { createServer as createHttp } from 'node:http'
import type { Socket } from 'node:net'
import { createSecureContext, type SecureContext, type TLSSocket } from 'node:tls'
import type { Duplex } from 'node:stream'

import type { Authority } from '../../pki.ts'
import type { DnsRecord, State, Zone } from '../state.ts'
import { edgeError } from './errors.ts'
import { firewall } from './firewall.ts'
import { unpacked } from './unpack.ts'

export type EdgeOptions = {
  readonly addresses: readonly string[]
  readonly httpsPorts: readonly number[]
  readonly httpPorts: readonly number[]
  /** Addresses inside the announced ranges from which the edge speaks to origins, one per family. */
  readonly egress: { readonly ipv4?: string; readonly ipv6?: string }
  /** The public authority of this world: issues the edge's own certificates. */
  readonly publicAuthority: Authority
  /** What the edge trusts at origins, PEM. */
  readonly trust: readonly string[]
  /** The client certificate that all customers share. */
  readonly sharedPulls: { readonly certificatePem: string; readonly keyPem: string }
  /** How long an origin may take to accept, and to answer. */
  readonly connectMs?: number
  readonly answerMs?: number
}

export type Edge = {
  readonly requests: { host: string; path: string; status: number }[]
  close(): Promise<void>
}

type Target = {
  readonly zone: Zone
  readonly record: DnsRecord
  readonly host: string
  readonly visitor: string
}

/** Cloudflare's proxy: terminates TLS for the proxied names of all zones and asks their origins. */
export async function startEdge(state: State, options: EdgeOptions): Promise<Edge> {
  const contexts = new Map<string, Promise<SecureContext>>()
  const requests: Edge['requests'] = []

  const contextFor = (name: string): Promise<SecureContext> => {
    const zone = zoneOf(state, name)
    // Universal SSL: the apex and one label below it, nothing deeper.
    const covered =
      zone && (name === zone.name || name.split('.').length === zone.name.split('.').length + 1)
    if (!zone || !covered) return Promise.reject(new Error('no certificate'))
    let made = contexts.get(zone.name)
    if (!made) {
      made = options.publicAuthority
        .issue({ names: [zone.name, `*.${zone.name}`] })
        .then(({ certificatePem, keyPem }) =>
          createSecureContext({ cert: certificatePem, key: keyPem }),
        )
      contexts.set(zone.name, made)
    }
    return made
  }

  const handle =
    (secure: boolean, port: number) =>
    async (request: IncomingMessage, response: ServerResponse) => {
      const host = (request.headers.host ?? '').replace(/:\d+$/, '').toLowerCase()
      const finish = (status: number) =>
        void requests.push({ host, path: request.url ?? '', status })
      const outcome = admit(state, request, host, secure)
      if ('reply' in outcome) {
        finish(outcome.reply.status)
        outcome.reply.write(request, response)
        return
      }
      try {
        const status = await pass(outcome.target, request, response, port, options)
        finish(status)
      } catch (error) {
        const status = statusOf(error)
        finish(status)
        edgeError(status).write(request, response)
      }
    }

  const servers = [
    ...options.addresses.flatMap((address) =>
      options.httpsPorts.map((port) => {
        const server = createHttps(
          {
            SNICallback: (name, done) =>
              void contextFor(name.toLowerCase()).then(
                (context) => done(null, context),
                (error: Error) => done(error),
              ),
          },
          (request, response) => void handle(true, port)(request, response),
        )
        server.on(
          'upgrade',
          (request: IncomingMessage, socket: Duplex, head: Buffer) =>
            void upgrade(state, request, socket, head, port, options, requests),
        )
        return { server, address, port }
      }),
    ),
    ...options.addresses.flatMap((address) =>
      options.httpPorts.map((port) => ({
        server: createHttp((request, response) => void handle(false, port)(request, response)),
        address,
        port,
      })),
    ),
  ]
  await Promise.all(
    servers.map(
      ({ server, address, port }) =>
        new Promise<void>((resolve, reject) => {
          server.once('error', reject)
          server.listen({ host: address, port, ipv6Only: address.includes(':') }, () => resolve())
        }),
    ),
  )
  return {
    requests,
    close: async () => {
      await Promise.all(
        servers.map(
          ({ server }) =>
            new Promise<void>((resolve) => {
              server.close(() => resolve())
              server.closeAllConnections()
            }),
        ),
      )
    },
  }
}

const zoneOf = (state: State, name: string): Zone | undefined =>
  state.zones.find((zone) => name === zone.name || name.endsWith(`.${zone.name}`))

const setting = (zone: Zone, id: string): unknown => zone.settings.get(id)?.value

/** The way in: is the name here, may this visitor pass, must it be https. */
function admit(
  state: State,
  request: IncomingMessage,
  host: string,
  secure: boolean,
): { target: Target } | { reply: ReturnType<typeof edgeError> } {
  const zone = zoneOf(state, host)
  const proxied =
    zone?.records.filter(
      (record) =>
        record.name === host && record.proxied && (record.type === 'A' || record.type === 'AAAA'),
    ) ?? []
  const record = proxied[0]
  if (!zone || zone.status !== 'active' || zone.paused || !record) return { reply: edgeError(1001) }
  const path = (request.url ?? '/').split('?')[0] ?? '/'
  const address = visitorOf(state, request)
  const seen = { host, path, country: state.countries.get(address) ?? 'XX', asn: 0, ssl: secure }
  if (path === '/cdn-cgi/trace')
    return {
      reply: edgeError(
        200,
        `h=${host}\nip=${address}\ncolo=LAB\nloc=${seen.country}\ntls=TLSv1.3\nwarp=off\n`,
      ),
    }
  if (!secure && (setting(zone, 'always_use_https') === 'on' || firewall.redirects(zone, seen))) {
    return { reply: edgeError(301, '', { location: `https://${host}${request.url ?? '/'}` }) }
  }
  const refusal = firewall.judge(zone, seen, address)
  return refusal === undefined
    ? { target: { zone, record, host, visitor: address } }
    : { reply: edgeError(refusal) }
}

function visitorOf(state: State, request: IncomingMessage): string {
  const peer = (request.socket.remoteAddress ?? '').replace(/^::ffff:/, '')
  return state.visitors.get(peer) ?? peer
}

function originOptions(
  target: Target,
  request: IncomingMessage,
  port: number,
  options: EdgeOptions,
) {
  const { zone, record, host } = target
  const configured = firewall.configuration(zone, { host, path: '/', country: 'XX', asn: 0 })
  const mode = String(configured['ssl'] ?? setting(zone, 'ssl'))
  const { visitor } = target
  const given = request.headers['x-forwarded-for']
  const headers: Record<string, string | string[] | undefined> = {
    ...request.headers,
    'cf-connecting-ip': visitor,
    // Cloudflare appends to what the visitor claims; whoever reads the first entry is fooled.
    'x-forwarded-for': given === undefined ? visitor : `${String(given)},${visitor}`,
    'x-forwarded-proto': 'https',
    'cf-ray': `${Date.now().toString(16)}-LAB`,
    'cf-ipcountry': 'XX',
    'cf-visitor': '{"scheme":"https"}',
    'cdn-loop': 'cloudflare; loops=1',
    'accept-encoding': 'gzip, br',
  }
  const pulls = mode === 'off' || mode === 'flexible' ? undefined : pullsFor(target, options)
  const v6 = record.type === 'AAAA'
  return {
    secure: mode !== 'off' && mode !== 'flexible',
    request: {
      host: record.content,
      port: mode === 'off' || mode === 'flexible' ? 80 : port,
      method: request.method,
      path: request.url,
      headers,
      servername: host,
      rejectUnauthorized: mode === 'strict' || mode === 'origin_pull',
      ca: [...options.trust],
      agent: false as const,
      ...((v6 ? options.egress.ipv6 : options.egress.ipv4) === undefined
        ? {}
        : { localAddress: v6 ? options.egress.ipv6 : options.egress.ipv4 }),
      ...(pulls === undefined ? {} : { cert: pulls.certificatePem, key: pulls.keyPem }),
    },
  }
}

/** Per-hostname before shared; `enabled: false` presents nothing at all. */
function pullsFor({ zone, host }: Target, options: EdgeOptions) {
  const own = zone.pulls.associations.get(host)
  if (own?.enabled === false) return undefined
  const certificate = zone.pulls.certificates.find(({ id }) => id === own?.certificateId)
  if (own?.enabled === true && certificate)
    return { certificatePem: certificate.certificate, keyPem: certificate.privateKey }
  return setting(zone, 'tls_client_auth') === 'on' ? options.sharedPulls : undefined
}

class EdgeFailure extends Error {
  readonly status: number
  constructor(status: number, cause: unknown) {
    super(`edge error ${status}`, { cause })
    this.status = status
  }
}

const statusOf = (error: unknown): number => (error instanceof EdgeFailure ? error.status : 520)

/** Which of its own numbers the edge shows for what went wrong at the origin. */
function failureOf(error: Error & { code?: string }, connected: boolean): EdgeFailure {
  const code = error.code ?? ''
  if (code === 'ECONNREFUSED') return new EdgeFailure(521, error)
  if (code === 'EHOSTUNREACH' || code === 'ENETUNREACH') return new EdgeFailure(523, error)
  if (!connected && code === 'ETIMEDOUT') return new EdgeFailure(522, error)
  if (/CERT|SELF_SIGNED|UNABLE_TO|ALTNAME/.test(code) && !/ALERT|SSL_/.test(code))
    return new EdgeFailure(526, error)
  if (/SSL|TLS|EPROTO/.test(code) || /socket disconnected before secure/.test(error.message))
    return new EdgeFailure(525, error)
  return new EdgeFailure(connected ? 520 : 522, error)
}

function open(
  target: Target,
  request: IncomingMessage,
  port: number,
  options: EdgeOptions,
  reject: (error: EdgeFailure) => void,
) {
  const { secure, request: wanted } = originOptions(target, request, port, options)
  const outgoing = secure ? httpsRequest(wanted) : httpRequest(wanted)
  let connected = false
  const timer = setTimeout(() => {
    reject(new EdgeFailure(connected ? 524 : 522, undefined))
    outgoing.destroy()
  }, options.connectMs ?? 3000)
  outgoing.on('socket', (socket: Socket) => {
    socket.on('connect', () => {
      connected = true
      timer.refresh()
    })
  })
  outgoing.on('error', (error: Error & { code?: string }) => reject(failureOf(error, connected)))
  const settled = () => clearTimeout(timer)
  outgoing.once('response', settled).once('upgrade', settled).once('close', settled)
  return outgoing
}

function pass(
  target: Target,
  request: IncomingMessage,
  response: ServerResponse,
  port: number,
  options: EdgeOptions,
): Promise<number> {
  return new Promise((resolve, reject) => {
    const outgoing = open(target, request, port, options, reject)
    outgoing.on('response', (answer) => {
      const { headers, body } = unpacked(answer, String(request.headers['accept-encoding']))
      response.writeHead(answer.statusCode ?? 520, {
        ...headers,
        server: 'cloudflare',
        'cf-ray': `${Date.now().toString(16)}-LAB`,
        'cf-cache-status': 'DYNAMIC',
      })
      body.pipe(response)
      body.on('error', () => response.destroy())
      resolve(answer.statusCode ?? 520)
    })
    request.pipe(outgoing)
  })
}

async function upgrade(
  state: State,
  request: IncomingMessage,
  socket: Duplex,
  head: Buffer,
  port: number,
  options: EdgeOptions,
  requests: Edge['requests'],
): Promise<void> {
  socket.on('error', () => socket.destroy())
  const host = (request.headers.host ?? '').replace(/:\d+$/, '').toLowerCase()
  const finish = (status: number) => void requests.push({ host, path: request.url ?? '', status })
  const outcome = admit(state, request, host, true)
  const refused =
    'reply' in outcome
      ? outcome.reply.status
      : setting(outcome.target.zone, 'websockets') === 'off'
        ? 400
        : undefined
  if (refused !== undefined || 'reply' in outcome) {
    finish(refused ?? 400)
    socket.end(
      `HTTP/1.1 ${refused ?? 400} Refused\r\nserver: cloudflare\r\ncontent-length: 0\r\nconnection: close\r\n\r\n`,
    )
    return
  }
  try {
    await new Promise<void>((resolve, reject) => {
      const outgoing = open(outcome.target, request, port, options, reject)
      outgoing.on(
        'upgrade',
        (answer: IncomingMessage, origin: TLSSocket | Socket, early: Buffer) => {
          const lines = Object.entries(answer.headers).map(
            ([name, value]) => `${name}: ${String(value)}`,
          )
          socket.write(
            `HTTP/1.1 101 Switching Protocols\r\n${lines.join('\r\n')}\r\nserver: cloudflare\r\n\r\n`,
          )
          socket.write(early)
          origin.write(head)
          origin.pipe(socket).pipe(origin)
          origin.on('error', () => socket.destroy())
          origin.on('close', () => socket.destroy())
          socket.on('close', () => origin.destroy())
          finish(101)
          resolve()
        },
      )
      outgoing.on('response', (answer) => {
        socket.end(
          `HTTP/1.1 ${answer.statusCode} Refused\r\nserver: cloudflare\r\ncontent-length: 0\r\nconnection: close\r\n\r\n`,
        )
        answer.resume()
        finish(answer.statusCode ?? 520)
        resolve()
      })
      outgoing.end()
    })
  } catch (error) {
    const status = statusOf(error)
    finish(status)
    socket.end(
      `HTTP/1.1 ${status} Edge error\r\nserver: cloudflare\r\ncontent-length: 0\r\nconnection: close\r\n\r\n`,
    )
  }
}
