import { randomBytes, timingSafeEqual } from 'node:crypto'
import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'

import { seconds, type Duration } from '../../core/duration.ts'
import { errorCode } from '../../core/problem.ts'
import type { ConnectionService } from './description.ts'
import { grantedSeconds, isAboutConnection, renewHeaders, subscribeHeaders } from './gena.ts'
import { exchangeWithRouter } from './http.ts'

/** A router that does not take the subscription is asked again after so long. */
const again: Duration = seconds(60)
/** An event of a connection has a few hundred bytes. */
const maxBody = 16 * 1024

export type Subscription = {
  /** Where the router is told to send events to: `192.168.1.5:40123`. */
  readonly listens: string
  /** Done when it is unsubscribed and closed, after the signal. */
  readonly ended: Promise<void>
}

/**
 * Subscribes to the events of the connection, stays subscribed until the signal, and calls `heard` for
 * each. Only the router itself may speak to the listener, only by the path it was given, and what an
 * event says is not handed on.
 *
 * Throws where this machine cannot listen at all.
 */
export async function subscribeToEvents(
  router: string,
  service: ConnectionService & { readonly events: URL },
  heard: () => void,
  signal: AbortSignal,
): Promise<Subscription> {
  const path = `/${randomBytes(16).toString('hex')}`
  const server = createServer({ maxHeaderSize: 8192 }, (request, response) => {
    void receive(request, response, { router, path, heard })
  })
  server.headersTimeout = 5000
  server.requestTimeout = 5000
  server.maxConnections = 8
  server.on('error', () => undefined)
  const home = await addressTowards(router)
  server.listen(0, home)
  await once(server, 'listening')
  const bound = server.address()
  const port = typeof bound === 'object' ? bound?.port : undefined
  const callback = `http://${home}:${port}${path}`
  return {
    listens: `${home}:${port}`,
    ended: staySubscribed(service.events, callback, signal).then(() => close(server)),
  }
}

async function staySubscribed(events: URL, callback: string, signal: AbortSignal): Promise<void> {
  let sid: string | undefined
  while (!signal.aborted) {
    const headers = sid === undefined ? subscribeHeaders(callback) : renewHeaders(sid)
    const answer = await exchangeWithRouter(events, { method: 'SUBSCRIBE', headers }, signal).catch(
      () => undefined,
    )
    const renewed = sid !== undefined
    sid = answer?.status === 200 ? sidIn(answer.headers.get('sid'), sid) : undefined
    // It no longer knows us (412), after a restart say: a new subscription at once.
    if (sid === undefined && renewed) continue
    const pause =
      sid === undefined ? again : seconds(grantedSeconds(answer?.headers.get('timeout') ?? '') / 2)
    await sleep(pause, undefined, { signal }).catch(() => undefined)
  }
  if (sid !== undefined)
    await exchangeWithRouter(
      events,
      { method: 'UNSUBSCRIBE', headers: { sid } },
      AbortSignal.timeout(1000),
    ).catch(() => undefined)
}

const sidIn = (header: string | undefined, before: string | undefined): string | undefined =>
  header !== undefined && header.length <= 200 && header !== '' ? header : before

async function receive(
  request: IncomingMessage,
  response: ServerResponse,
  from: { readonly router: string; readonly path: string; readonly heard: () => void },
): Promise<void> {
  try {
    // A stranger is not told that anything is here.
    if (request.socket.remoteAddress !== from.router) return void request.socket.destroy()
    if (request.method !== 'NOTIFY' || !isSame(request.url ?? '', from.path))
      return void response.writeHead(412).end()
    const chunks: Buffer[] = []
    let size = 0
    for await (const chunk of request) {
      const bytes = Buffer.isBuffer(chunk) ? chunk : Buffer.from(String(chunk))
      size += bytes.length
      if (size > maxBody) return void request.socket.destroy()
      chunks.push(bytes)
    }
    response.writeHead(200).end()
    if (isAboutConnection(Buffer.concat(chunks).toString('utf8'))) from.heard()
  } catch (error) {
    // The router hung up in the middle: an event that did not arrive.
    if (errorCode(error) === undefined) throw error
  }
}

const isSame = (a: string, b: string): boolean =>
  a.length === b.length && timingSafeEqual(Buffer.from(a), Buffer.from(b))

/** The address of this machine that packets to the router leave from. Nothing is sent. */
async function addressTowards(router: string): Promise<string> {
  const socket = createSocket('udp4')
  try {
    socket.connect(9, router)
    await once(socket, 'connect')
    return socket.address().address
  } finally {
    socket.close()
  }
}

function close(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve())
    server.closeAllConnections()
  })
}
