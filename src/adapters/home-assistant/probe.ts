import type { Socket } from 'node:net'
import { TLSSocket } from 'node:tls'

import { addressOf, type Address } from '../../core/address.ts'
import { seconds } from '../../core/duration.ts'
import { errorCode, Problem, reasonOf } from '../../core/problem.ts'
import { exchange } from '../http/exchange.ts'
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

const bounds = { deadline: seconds(5), maxBytes: 200_000 }

/** One request over a connection of its own, with no secret in it. Throws Problem `home-assistant/not-reached`. */
export async function askHomeAssistant(
  place: Place,
  path: Path,
  headers: Readonly<Record<string, string>>,
  signal: AbortSignal,
): Promise<Seen> {
  let localAddress: Address | undefined
  let certificate: SeenCertificate | undefined
  const look = (socket: Socket): void => {
    localAddress = addressOf(socket.localAddress ?? '')
    certificate = certificateOf(socket)
  }
  const there = { ...bounds, agent: agentFor(place), look }
  try {
    const answer = await exchange(new URL(path, place.url), { headers }, there, signal)
    return { status: answer.status, text: answer.text, localAddress, certificate }
  } catch (error) {
    signal.throwIfAborted()
    throw notReached(place.url, error)
  }
}

/** http/server.py, 2026.2 to 2026.11. */
const emergencyIssuer = 'O=Home Assistant Emergency Certificate'

function certificateOf(socket: Socket): SeenCertificate | undefined {
  const seen = socket instanceof TLSSocket ? socket.getPeerX509Certificate() : undefined
  return (
    seen && {
      fingerprint: seen.fingerprint256,
      notAfter: seen.validToDate,
      isEmergency: seen.issuer.split('\n').includes(emergencyIssuer),
    }
  )
}

export function notReached(url: string, error: unknown): Problem {
  const why = errorCode(error) === 'ECONNREFUSED' ? 'connection refused' : reasonOf(error)
  return new Problem(
    'home-assistant/not-reached',
    `Home Assistant at ${url} does not answer (${why})`,
    { hint: 'check that it runs and that home_assistant.url is right', cause: error },
  )
}
