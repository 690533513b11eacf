import { request as httpRequest, type IncomingMessage } from 'node:http'
import { request as httpsRequest } from 'node:https'
import { TLSSocket } from 'node:tls'

import { addressOf, type Address } from '../../core/address.ts'
import { errorCode, Problem, reasonOf } from '../../core/problem.ts'
import { agentFor, type Place } from './place.ts'

export type Seen = {
  readonly status: number
  readonly text: string
  /** Our side of the connection. */
  readonly localAddress: Address | undefined
  /** `undefined`: plain HTTP. */
  readonly certificate: SeenCertificate | undefined
}

export type SeenCertificate = {
  /** SHA-256, upper-case hex with colons. */
  readonly fingerprint: string
  readonly notAfter: Date
  /** Made by Home Assistant itself, because it could not use its own. */
  readonly isEmergency: boolean
}

/**
 * The paths that may be asked: of the open ones those that make no notice about a failed sign-in and count towards no ban
 * (never `/api/` itself).
 */
export type Path = '/manifest.json' | '/auth/providers'

const maxBytes = 200_000
const deadlineMs = 5000

/** One request over a connection of its own, with no secret in it. Throws Problem `home-assistant/not-reached`. */
export function askHomeAssistant(
  place: Place,
  path: Path,
  headers: Readonly<Record<string, string>>,
  signal: AbortSignal,
): Promise<Seen> {
  const { url } = place
  return new Promise((resolve, reject) => {
    const deadline = AbortSignal.timeout(deadlineMs)
    const fail = (error: unknown): void =>
      reject(signal.aborted ? error : notReached(url, deadline.aborted, error))
    const send = url.startsWith('https:') ? httpsRequest : httpRequest
    const request = send(
      new URL(path, url),
      {
        headers,
        agent: agentFor(place),
        signal: AbortSignal.any([signal, deadline]),
      },
      (response) => {
        const { socket } = response
        const localAddress = addressOf(socket.localAddress ?? '')
        const certificate = certificateOf(socket)
        let text = ''
        response.setEncoding('utf8')
        response.on('data', (chunk: string) => {
          text += chunk
          if (text.length > maxBytes) response.destroy(new Error('an answer without an end'))
        })
        response.on('end', () =>
          resolve({ status: response.statusCode ?? 0, text, localAddress, certificate }),
        )
        response.on('error', fail)
      },
    )
    request.on('error', fail)
    request.end()
  })
}

/** http/server.py, 2026.2 to 2026.11. */
const emergencyIssuer = 'O=Home Assistant Emergency Certificate'

function certificateOf(socket: IncomingMessage['socket']): SeenCertificate | undefined {
  const seen = socket instanceof TLSSocket ? socket.getPeerX509Certificate() : undefined
  return (
    seen && {
      fingerprint: seen.fingerprint256,
      notAfter: seen.validToDate,
      isEmergency: seen.issuer.split('\n').includes(emergencyIssuer),
    }
  )
}

export function notReached(url: string, late: boolean, error: unknown): Problem {
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
