import type { Reply } from './reply.ts'
import { Refusal } from './reply.ts'

/**
 * `bad-nonce`: refused as if it were not one of ours. `html`: a 502 of something in between. `outage`: 503.
 * `cut`: the connection ends before anything was done; `lost`: after it was done. `slow`: the answer comes
 * a minute late. `huge`: an answer of 20 MB. `rate-limited`: 429 for two hours. `blind`: of a challenge, the
 * authority sees no proof.
 */
export type AuthorityFault =
  | 'bad-nonce'
  | 'html'
  | 'outage'
  | 'cut'
  | 'lost'
  | 'slow'
  | 'huge'
  | 'rate-limited'
  | 'blind'

/** What is answered instead of doing the work; `undefined` where the fault comes before or after it. */
export function replyOf(fault: AuthorityFault): Reply | undefined {
  switch (fault) {
    case 'html':
      return {
        status: 502,
        type: 'text/html',
        headers: {},
        body: '<html><body>502 Bad Gateway</body></html>',
      }
    case 'huge':
      return { status: 200, type: 'application/json', headers: {}, body: ' '.repeat(20_000_000) }
    case 'outage':
      return new Refusal(503, 'serverInternal', 'the service is down for maintenance').reply()
    case 'rate-limited':
      return new Refusal(429, 'rateLimited', 'too many new orders recently', {
        'retry-after': '7200',
      }).reply()
    case 'bad-nonce':
    case 'cut':
    case 'lost':
    case 'slow':
    case 'blind':
      return undefined
  }
}
