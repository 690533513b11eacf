import { seconds, type Duration } from '../../core/duration.ts'
import { Problem, reasonOf } from '../../core/problem.ts'
import { openConnections, type Connections } from '../http/connections.ts'
import { exchange, type Received, type Sent } from '../http/exchange.ts'

/** The largest page of records with long texts is far below; whatever is larger is not the API. */
const maxBytes = 8_000_000

/** The calls of one look follow each other within milliseconds; the next look begins anew. */
export const connectionsToApi = (): Connections => openConnections(seconds(1))

/** Throws Problem `cloudflare/no-answer`: for a request that changes something it may or may not have happened. */
export async function askApi(
  url: URL,
  sent: Sent,
  connections: Connections,
  deadline: Duration,
  signal: AbortSignal,
): Promise<Received> {
  try {
    const bounds = { deadline, maxBytes, agent: connections.for(url) }
    const answer = await exchange(url, sent, bounds, signal)
    if (answer.status < 300 || answer.status >= 400) return answer
    throw new Error('it leads somewhere else')
  } catch (cause) {
    signal.throwIfAborted()
    throw new Problem(
      'cloudflare/no-answer',
      `Cloudflare's API did not answer (${reasonOf(cause)})`,
      {
        hint: 'check that this machine reaches the internet; the command can be run again at any time',
        cause,
      },
    )
  }
}
