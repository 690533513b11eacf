import { request as httpRequest, type IncomingMessage } from 'node:http'
import { request as httpsRequest } from 'node:https'

import { addressOf, type Address } from '../../core/address.ts'

export type Seen = {
  readonly status: number
  readonly text: string
  readonly headers: IncomingMessage['headers']
  /** Our side of the connection: how Home Assistant sees us, unless something rewrites it. */
  readonly localAddress: Address | undefined
}

const maxBytes = 200_000

/**
 * One unauthenticated read. Only paths that make no login notice and count towards no ban may be asked
 * (`/`, `/manifest.json`, `/auth/providers`, `/api/onboarding`): never `/api/` itself.
 */
export function askHomeAssistant(
  url: string,
  path: '/' | '/manifest.json' | '/auth/providers' | '/api/onboarding',
  headers: Readonly<Record<string, string>>,
  signal: AbortSignal,
): Promise<Seen> {
  return new Promise((resolve, reject) => {
    const send = url.startsWith('https:') ? httpsRequest : httpRequest
    const request = send(
      new URL(path, url),
      { headers, agent: false, signal: AbortSignal.any([signal, AbortSignal.timeout(5000)]) },
      (response) => {
        const localAddress = addressOf(response.socket.localAddress ?? '')
        let text = ''
        response.setEncoding('utf8')
        response.on('data', (chunk: string) => {
          text += chunk
          if (text.length > maxBytes) response.destroy(new Error('an answer without an end'))
        })
        response.on('end', () =>
          resolve({
            status: response.statusCode ?? 0,
            text,
            headers: response.headers,
            localAddress,
          }),
        )
        response.on('error', reject)
      },
    )
    request.on('error', reject)
    request.end()
  })
}
