import { seconds } from '../../core/duration.ts'
import { Problem, reasonOf } from '../../core/problem.ts'
import { exchange } from '../http/exchange.ts'

export type Message = {
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
}

/** A service that takes a message at all takes it within this time. */
const deadline = seconds(15)
/** What it says about it is not passed on. */
const maxBytes = 1_000_000

/**
 * Posts one message. Done when the answer is 2xx; a redirect is none, so that nothing is carried to another
 * place. Throws Problem `notify/not-taken`, which names the host alone: the path may be a secret.
 */
export async function post(url: URL, message: Message, signal: AbortSignal): Promise<void> {
  let status: number
  try {
    const bounds = { deadline, maxBytes }
    const answer = await exchange(url, { method: 'POST', ...message }, bounds, signal)
    status = answer.status
  } catch (error) {
    signal.throwIfAborted()
    throw new Problem('notify/not-taken', `${url.host} did not answer (${reasonOf(error)})`, {
      hint: 'check the address, and that this machine reaches it',
    })
  }
  if (status >= 200 && status < 300) return
  throw new Problem('notify/not-taken', `${url.host} answered ${status}`, { hint: hintFor(status) })
}

function hintFor(status: number): string {
  if (status === 401 || status === 403) return 'check the token'
  if (status === 404 || status === 410) return 'check the address: nobody listens there'
  if (status === 429) return 'it takes no more for now; it is tried again later'
  return status < 400 ? 'give the address it leads to' : 'it is tried again later'
}
