import { createServer, type IncomingMessage, type RequestListener } from 'node:http'
import type { AddressInfo, Socket } from 'node:net'
import { connect as connectTls, type ConnectionOptions, type TLSSocket } from 'node:tls'
import type { TestContext } from 'node:test'

import { mustBeRange } from '../../src/core/address.ts'
import { startGateway } from '../../src/gateway/gateway.ts'
import type { GatewayEvent, GatewaySetup } from '../../src/gateway/setup.ts'
import { makeAuthority, type Pair } from '../simulators/pki.ts'

// A gateway on this machine with somebody on each side of it, for tests of the gateway alone.

// On Linux all of 127/8 is this machine: each kind of peer gets an address of its own.
export const home = '127.77.0.2'
export const edge = '127.77.0.17'
export const lan = '127.77.0.130'
export const stranger = '127.77.0.99'

export type Home = { readonly port: number; readonly requests: IncomingMessage[] }

const echo: RequestListener = (request, response) => {
  response.setHeader('content-type', 'text/plain')
  if (request.method === 'POST') request.pipe(response)
  else response.end(`hello ${request.url}`)
}

/** Somebody who answers as told, echoes WebSockets byte by byte, and remembers what was asked. */
export async function homeAssistant(t: TestContext, answer = echo): Promise<Home> {
  const requests: IncomingMessage[] = []
  const server = createServer((request, response) => {
    requests.push(request)
    answer(request, response)
  })
  server.on('upgrade', (request: IncomingMessage, socket: Socket) => {
    requests.push(request)
    socket.on('error', () => socket.destroy())
    socket.write(
      'HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n',
    )
    socket.pipe(socket)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  t.after(() => {
    server.closeAllConnections()
    server.close()
  })
  return { port: (server.address() as AddressInfo).port, requests }
}

export type World = Awaited<ReturnType<typeof worldFor>>

export async function worldFor(
  t: TestContext,
  more: Partial<GatewaySetup> = {},
  answer?: RequestListener,
) {
  const [publicCa, pullsCa, otherCa, ha] = await Promise.all([
    makeAuthority('public'),
    makeAuthority('pulls'),
    makeAuthority('shared'),
    homeAssistant(t, answer),
  ])
  const certificate = await publicCa.issue({ names: ['ha.example.com'] })
  const leaf = await pullsCa.issue({ names: ['edge'], clientAuth: true })
  const events: GatewayEvent[] = []
  const gateway = await startGateway({
    listen: [{ host: home, port: 0 }],
    names: ['ha.example.com'],
    certificate: { chainPem: certificate.certificatePem, keyPem: certificate.keyPem },
    pulls: { mode: 'required', authorities: [pullsCa.certificatePem] },
    edgeRanges: [mustBeRange('127.77.0.16/28')],
    localRanges: [mustBeRange('127.77.0.128/25')],
    upstream: `http://127.0.0.1:${ha.port}`,
    onEvent: (event) => events.push(event),
    ...more,
  })
  t.after(() => gateway.close())
  return {
    gateway,
    port: gateway.addresses[0]?.port ?? 0,
    publicCa,
    pullsCa,
    otherCa,
    leaf,
    ha,
    events,
  }
}

/** Node takes `localAddress` here too; its types leave it out. */
export const from = (address: string): ConnectionOptions =>
  ({ localAddress: address }) as ConnectionOptions

export const client = (pair: Pair): ConnectionOptions => ({
  cert: pair.certificatePem,
  key: pair.keyPem,
})

/** A connection of somebody; nothing is said over it yet. */
export function dial(world: World, peer: string, options: ConnectionOptions = {}): TLSSocket {
  return connectTls({
    host: home,
    port: world.port,
    ...from(peer),
    servername: 'ha.example.com',
    ca: world.publicCa.certificatePem,
    ...options,
  })
}

/** As the edge does it, with the certificate of ours. */
export const dialEdge = (world: World): TLSSocket => dial(world, edge, client(world.leaf))

/** Everything that came back over one TLS connection, and the certificate that was shown. */
export function overTls(
  world: World,
  peer: string,
  request: string,
  options: ConnectionOptions = {},
): Promise<{ text: string; certificate: string | undefined; error: string | undefined }> {
  return new Promise((resolve) => {
    const socket = dial(world, peer, options)
    let text = ''
    let certificate: string | undefined
    let error: string | undefined
    socket.setEncoding('latin1')
    socket.on('secureConnect', () => {
      certificate = socket.getPeerX509Certificate()?.subjectAltName
      socket.write(request)
    })
    socket.on('data', (chunk: string) => {
      text += chunk
    })
    socket.on('error', (cause: Error & { code?: string }) => {
      error = cause.code ?? cause.message
    })
    socket.setTimeout(3000, () => socket.destroy())
    socket.on('close', () => resolve({ text, certificate, error }))
  })
}

/** The same as the edge. */
export const overEdge = (world: World, request: string): Promise<{ text: string }> =>
  overTls(world, edge, request, client(world.leaf))

/** All that comes until it matches, or everything until the end. */
export function until(socket: TLSSocket, pattern: RegExp): Promise<string> {
  return new Promise((resolve) => {
    let text = ''
    const take = (chunk: Buffer): void => {
      text += chunk.toString('latin1')
      if (pattern.test(text)) done()
    }
    const done = (): void => {
      socket.off('data', take)
      socket.off('close', done)
      resolve(text)
    }
    socket.on('data', take)
    socket.on('close', done)
  })
}

export const message = (line: string, headers: readonly string[] = [], body = ''): string =>
  `${line} HTTP/1.1\r\nHost: ha.example.com\r\nCF-Connecting-IP: 198.51.100.9\r\n${headers.map((each) => `${each}\r\n`).join('')}\r\n${body}`

export const get = (path = '/', headers: readonly string[] = ['CF-Connecting-IP: 198.51.100.9']) =>
  `GET ${path} HTTP/1.1\r\nHost: ha.example.com\r\n${headers.map((line) => `${line}\r\n`).join('')}Connection: close\r\n\r\n`
