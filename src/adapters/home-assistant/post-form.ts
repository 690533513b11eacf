import { request as httpRequest } from 'node:http'
import { request as httpsRequest } from 'node:https'
import type { Socket } from 'node:net'

import { agentFor, mustBeOurs, type Place } from './place.ts'
import { notReached } from './probe.ts'

const deadlineMs = 10_000
const maxBytes = 100_000

/**
 * Sends a form with a secret in it, once it is sure that Home Assistant gets it. Throws Problem
 * `home-assistant/not-reached` or `home-assistant/certificate`.
 */
export function postForm(
  place: Place,
  path: '/auth/token' | '/auth/revoke',
  form: Readonly<Record<string, string>>,
  signal: AbortSignal,
): Promise<{ readonly status: number; readonly text: string }> {
  const body = new URLSearchParams(form).toString()
  const secure = place.url.startsWith('https:')
  return new Promise((resolve, reject) => {
    const deadline = AbortSignal.timeout(deadlineMs)
    const fail = (error: unknown): void =>
      reject(signal.aborted ? error : notReached(place.url, deadline.aborted, error))
    const send = secure ? httpsRequest : httpRequest
    const request = send(
      new URL(path, place.url),
      {
        method: 'POST',
        agent: agentFor(place),
        headers: {
          'content-type': 'application/x-www-form-urlencoded',
          'content-length': Buffer.byteLength(body),
        },
        signal: AbortSignal.any([signal, deadline]),
      },
      (response) => {
        let text = ''
        response.setEncoding('utf8')
        response.on('data', (chunk: string) => {
          text += chunk
          if (text.length > maxBytes) response.destroy(new Error('an answer without an end'))
        })
        response.on('end', () => resolve({ status: response.statusCode ?? 0, text }))
        response.on('error', fail)
      },
    )
    request.on('error', fail)
    // Nothing is sent before the body is given, and that is given once the other side is known.
    request.once('socket', (socket: Socket) => {
      socket.once(secure ? 'secureConnect' : 'connect', () => {
        mustBeOurs(place, socket).then(
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
