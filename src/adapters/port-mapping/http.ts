import { seconds } from '../../core/duration.ts'
import { exchange, type Received, type Sent } from '../http/exchange.ts'

const bounds = {
  /** A router is one hop away; some take a second to think, none that is well takes three. */
  deadline: seconds(3),
  /** The longest description known is a third of it. */
  maxBytes: 128 * 1024,
}

/** One request to the router. Throws what went wrong; nobody needs to tell one failure from another. */
export const exchangeWithRouter = (url: URL, sent: Sent, signal: AbortSignal): Promise<Received> =>
  exchange(url, sent, bounds, signal)
