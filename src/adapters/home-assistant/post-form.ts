import { seconds } from '../../core/duration.ts'
import { Problem } from '../../core/problem.ts'
import { exchange, type Received } from '../http/exchange.ts'
import { agentFor, mustBeOurs, type Place } from './place.ts'
import { notReached } from './probe.ts'

const bounds = { deadline: seconds(10), maxBytes: 100_000 }

/**
 * Sends a form with a secret in it, once it is sure that Home Assistant gets it. Throws Problem
 * `home-assistant/not-reached` or `home-assistant/certificate`.
 */
export async function postForm(
  place: Place,
  path: '/auth/token' | '/auth/revoke',
  form: Readonly<Record<string, string>>,
  signal: AbortSignal,
): Promise<Received> {
  const sent = {
    method: 'POST',
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
    body: new URLSearchParams(form).toString(),
  }
  const trust = (socket: unknown): Promise<void> => mustBeOurs(place, socket)
  const there = { ...bounds, agent: agentFor(place), trust }
  try {
    return await exchange(new URL(path, place.url), sent, there, signal)
  } catch (error) {
    signal.throwIfAborted()
    throw error instanceof Problem ? error : notReached(place.url, error)
  }
}
