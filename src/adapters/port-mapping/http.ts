import { request } from 'node:http'

import { seconds } from '../../core/duration.ts'

export type RouterAnswer = {
  readonly status: number
  readonly headers: Readonly<Record<string, string | string[] | undefined>>
  readonly text: string
}

/** A router is one hop away; some take a second to think, none that is well takes three. */
const deadline = seconds(3)
/** The longest description known is a third of it. */
const maxBytes = 128 * 1024

/**
 * One request to the router: no redirects, no proxy, no connection kept, a deadline for the whole answer
 * and an end to its length. Throws what went wrong; nobody needs to tell one failure from another.
 */
export function exchangeWithRouter(
  url: URL,
  sent: {
    readonly method: 'GET' | 'POST' | 'SUBSCRIBE' | 'UNSUBSCRIBE'
    readonly headers?: Readonly<Record<string, string>>
    readonly body?: string
  },
  signal: AbortSignal,
): Promise<RouterAnswer> {
  const within = AbortSignal.any([signal, AbortSignal.timeout(deadline)])
  return new Promise((resolve, reject) => {
    const asking = request(
      url,
      {
        method: sent.method,
        headers: {
          ...sent.headers,
          ...(sent.body === undefined ? {} : { 'content-length': Buffer.byteLength(sent.body) }),
        },
        agent: false,
        signal: within,
      },
      (response) => {
        const chunks: Buffer[] = []
        let size = 0
        response.on('data', (chunk: Buffer) => {
          size += chunk.length
          chunks.push(chunk)
          if (size > maxBytes) response.destroy(new Error('an answer without an end'))
        })
        response.on('end', () =>
          resolve({
            status: response.statusCode ?? 0,
            headers: response.headers,
            text: Buffer.concat(chunks).toString('utf8'),
          }),
        )
        response.on('error', reject)
      },
    )
    asking.on('error', reject)
    asking.end(sent.body)
  })
}
