import { Agent as PlainAgent, request as plainRequest } from 'node:http'
import { Agent, request as secureRequest } from 'node:https'

import { seconds } from '../../core/duration.ts'
import { Problem, reasonOf } from '../../core/problem.ts'

/** What came back, whole, or why nothing whole did. */
export type Exchange = {
  readonly status: number
  readonly text: string
  readonly headers: Headers
}

export type Request = {
  readonly method: string
  readonly headers: Readonly<Record<string, string>>
  readonly body?: string
}

/**
 * Connections that serve several calls in a row. Not `fetch`: after the home's address has changed its
 * pool holds connections that the router still translates to the old one, and nobody can close them.
 */
export type Connections = {
  readonly plain: PlainAgent
  readonly secure: Agent
  /** Breaks off what is under way, too: nobody would ever answer it. */
  forget(): void
}

/** The largest page of records with long texts is far below; whatever is larger is not the API. */
const maxBytes = 8_000_000
/** The calls of one look follow each other within milliseconds; the next look begins anew. */
const idle = seconds(1)

export function openConnections(): Connections {
  const kept = { keepAlive: true, timeout: idle }
  const plain = new PlainAgent(kept)
  const secure = new Agent(kept)
  return {
    plain,
    secure,
    forget() {
      plain.destroy()
      secure.destroy()
    },
  }
}

/**
 * One request with a deadline that covers the body too, and a bounded body. Redirects are not followed.
 *
 * Throws Problem `cloudflare/no-answer` when nothing whole came back; for a request that changes
 * something that means: it may or may not have happened.
 */
export async function exchange(
  url: string,
  sent: Request,
  connections: Connections,
  deadlineMs: number,
  signal: AbortSignal,
): Promise<Exchange> {
  const deadline = AbortSignal.timeout(deadlineMs)
  try {
    return await send(new URL(url), sent, connections, AbortSignal.any([signal, deadline]))
  } catch (cause) {
    signal.throwIfAborted()
    const why = deadline.aborted
      ? `nothing within ${Math.round(deadlineMs / 1000)} s`
      : reasonOf(cause)
    throw new Problem('cloudflare/no-answer', `Cloudflare's API did not answer (${why})`, {
      hint: 'check that this machine reaches the internet; the command can be run again at any time',
    })
  }
}

function send(
  url: URL,
  { method, headers, body }: Request,
  { plain, secure }: Connections,
  signal: AbortSignal,
): Promise<Exchange> {
  return new Promise((resolve, reject) => {
    const isSecure = url.protocol === 'https:'
    const length = body === undefined ? {} : { 'content-length': Buffer.byteLength(body) }
    const options = { method, headers: { ...headers, ...length }, signal }
    const asking = isSecure
      ? secureRequest(url, { ...options, agent: secure })
      : plainRequest(url, { ...options, agent: plain })
    asking.on('error', reject)
    asking.on('response', (response) => {
      const status = response.statusCode ?? 0
      const declared = Number(response.headers['content-length'] ?? 0)
      if (declared > maxBytes) response.destroy(new Error(`an answer of ${declared} bytes`))
      if (status >= 300 && status < 400) response.destroy(new Error('it leads somewhere else'))
      const chunks: Buffer[] = []
      let size = 0
      response.on('data', (chunk: Buffer) => {
        size += chunk.byteLength
        chunks.push(chunk)
        if (size > maxBytes) response.destroy(new Error('an answer without an end'))
      })
      response.on('error', reject)
      response.on('end', () =>
        resolve({
          status,
          text: Buffer.concat(chunks).toString('utf8'),
          headers: headersOf(response.headersDistinct),
        }),
      )
    })
    asking.end(body)
  })
}

function headersOf(all: Readonly<Record<string, string[] | undefined>>): Headers {
  const headers = new Headers()
  for (const [name, values] of Object.entries(all))
    for (const value of values ?? []) headers.append(name, value)
  return headers
}
