import { request as plain, type IncomingMessage, type RequestOptions } from 'node:http'
import { request as secure, type RequestOptions as SecureOptions } from 'node:https'
import type { Socket } from 'node:net'

import { describeDuration, type Duration } from '../../core/duration.ts'

export type Sent = {
  readonly method?: string
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string
}

/** Where to connect, if not where the URL says, and how long and how much an answer may be. */
export type Bounds = Pick<
  SecureOptions & RequestOptions,
  'hostname' | 'port' | 'servername' | 'family' | 'localAddress' | 'socketPath' | 'agent'
> & {
  /** From the call to the last byte of the answer. */
  readonly deadline: Duration
  /** Of the answer's body. */
  readonly maxBytes: number
  /**
   * Awaited once the connection stands, before a byte is sent over it; rejects where nothing must be. Only for connections of
   * their own: one that is used again was trusted by somebody else.
   */
  readonly trust?: (socket: Socket) => Promise<void>
  /** Shown the connection while it is open. */
  readonly look?: (socket: Socket) => void
}

export type Received = {
  readonly status: number
  /** Names in lower case; what stands there more than once is joined by commas. */
  readonly headers: ReadonlyMap<string, string>
  readonly text: string
}

/** Nothing whole came within the deadline. */
export class Late extends Error {
  constructor(deadline: Duration) {
    super(`no whole answer within ${describeDuration(deadline)}`)
    this.name = 'Late'
  }
}

/** More than anything that is meant could be. */
export class TooLong extends Error {
  constructor() {
    super('an answer without an end')
    this.name = 'TooLong'
  }
}

/**
 * One request and its whole answer, over a connection of its own unless `agent` says otherwise. Redirects are not
 * followed, and no proxy is used.
 *
 * Throws `Late`, `TooLong`, the signal's reason, or what went wrong on the way, all of which callers put into their own words. For a
 * request that changes something each of them means: it may or may not have happened.
 *
 * Not `fetch`: its pool cannot be told that the home's address changed, it shows no connection, and its parser in
 * WebAssembly takes ten times the memory of this one.
 */
export async function exchange(
  url: URL,
  sent: Sent,
  bounds: Bounds,
  signal: AbortSignal,
): Promise<Received> {
  const deadline = AbortSignal.timeout(bounds.deadline)
  try {
    return await send(url, sent, bounds, AbortSignal.any([signal, deadline]))
  } catch (error) {
    signal.throwIfAborted()
    throw deadline.aborted ? new Late(bounds.deadline) : error
  }
}

function send(
  url: URL,
  { method = 'GET', headers = {}, body }: Sent,
  { deadline: _deadline, maxBytes, trust, look, ...where }: Bounds,
  signal: AbortSignal,
): Promise<Received> {
  return new Promise((resolve, reject) => {
    const length = body === undefined ? {} : { 'content-length': Buffer.byteLength(body) }
    const start = url.protocol === 'https:' ? secure : plain
    const request = start(url, {
      agent: false,
      ...where,
      method,
      headers: { ...headers, ...length },
      signal,
    })
    request.on('error', reject)
    request.on('response', (response) => {
      look?.(response.socket)
      readWhole(response, maxBytes).then(
        (text) =>
          resolve({
            status: response.statusCode ?? 0,
            headers: joined(response.headersDistinct),
            text,
          }),
        reject,
      )
    })
    if (!trust) return void request.end(body)
    request.once('socket', (socket) => {
      socket.once(url.protocol === 'https:' ? 'secureConnect' : 'connect', () => {
        trust(socket).then(
          () => request.end(body),
          (error: unknown) => {
            reject(error)
            request.destroy()
          },
        )
      })
    })
  })
}

function readWhole(response: IncomingMessage, maxBytes: number): Promise<string> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = []
    let size = 0
    const tooMuch = (): void => void response.destroy(new TooLong())
    response.on('error', reject)
    response.on('data', (chunk: Buffer) => {
      size += chunk.byteLength
      chunks.push(chunk)
      if (size > maxBytes) tooMuch()
    })
    response.on('end', () => resolve(Buffer.concat(chunks).toString('utf8')))
    if (Number(response.headers['content-length'] ?? 0) > maxBytes) tooMuch()
  })
}

const joined = (all: Readonly<Record<string, string[] | undefined>>): ReadonlyMap<string, string> =>
  new Map(Object.entries(all).map(([name, values = []]) => [name, values.join(', ')]))
