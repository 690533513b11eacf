import { request as httpRequest, type IncomingMessage } from 'node:http'
import { request as httpsRequest } from 'node:https'

import { addressOf, type Address } from '../../core/address.ts'
import { errorCode, Problem, reasonOf } from '../../core/problem.ts'

export type Seen = {
  readonly status: number
  readonly text: string
  readonly headers: IncomingMessage['headers']
  /** Our side of the connection. */
  readonly localAddress: Address | undefined
}

/**
 * The paths that may be asked: of the open ones those that make no notice about a failed sign-in and count towards no ban
 * (never `/api/` itself); `check_config` only with a token that was accepted just before.
 */
export type Path =
  | '/'
  | '/manifest.json'
  | '/auth/providers'
  | '/api/onboarding'
  | '/api/config/core/check_config'

const maxBytes = 200_000
/** Its check loads every integration of the configuration. */
const deadlineMs = (path: Path): number => (path.endsWith('check_config') ? 120_000 : 5000)

/** One request over a connection of its own. Throws Problem `home-assistant/not-reached`. */
export function askHomeAssistant(
  url: string,
  path: Path,
  headers: Readonly<Record<string, string>>,
  signal: AbortSignal,
): Promise<Seen> {
  return new Promise((resolve, reject) => {
    const deadline = AbortSignal.timeout(deadlineMs(path))
    const fail = (error: unknown): void =>
      reject(signal.aborted ? error : notReached(url, deadline.aborted, error))
    const send = url.startsWith('https:') ? httpsRequest : httpRequest
    const request = send(
      new URL(path, url),
      {
        headers,
        agent: false,
        method: path.endsWith('check_config') ? 'POST' : 'GET',
        signal: AbortSignal.any([signal, deadline]),
      },
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
        response.on('error', fail)
      },
    )
    request.on('error', fail)
    request.end()
  })
}

function notReached(url: string, late: boolean, error: unknown): Problem {
  const why = late
    ? 'no answer in time'
    : errorCode(error) === 'ECONNREFUSED'
      ? 'connection refused'
      : reasonOf(error)
  return new Problem(
    'home-assistant/not-reached',
    `Home Assistant at ${url} does not answer (${why})`,
    { hint: 'check that it runs and that home_assistant.url is right', cause: error },
  )
}
