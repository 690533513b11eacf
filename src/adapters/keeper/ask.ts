import { seconds } from '../../core/duration.ts'
import { exchange, type Received } from '../http/exchange.ts'
import { noAnswer, nobodyThere } from './no-answer.ts'

/** A status with a thousand addresses that were refused is a fraction of it. */
const bounds = { deadline: seconds(5), maxBytes: 8_000_000 }

/**
 * What the keeper answers on its socket in the data folder; `undefined` when none runs. Throws Problem
 * `control/no-answer` when one does and does not answer.
 */
export async function askKeeper(
  socketPath: string,
  path: string,
  signal: AbortSignal,
  method: 'GET' | 'POST' = 'GET',
): Promise<string | undefined> {
  let answer: Received
  try {
    const url = new URL(path, 'http://keeper')
    answer = await exchange(url, { method }, { ...bounds, socketPath }, signal)
  } catch (cause) {
    if (nobodyThere(cause)) return undefined
    throw noAnswer(cause)
  }
  if (answer.status < 300) return answer.text
  throw noAnswer(new Error(`it answered ${answer.status}`))
}
