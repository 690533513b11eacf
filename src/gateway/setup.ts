import type { Range } from '../core/address.ts'
import type { Pulls } from './admission/pulls.ts'
import type { Limits } from './limits.ts'
import type { Refusal } from './counters.ts'
import type { AccessLine } from './metrics/access-line.ts'

export type GatewaySetup = {
  readonly listen: readonly { readonly host: string; readonly port: number }[]
  readonly names: readonly string[]
  /** Without one every handshake is refused. */
  readonly certificate?: { readonly chainPem: string; readonly keyPem: string }
  readonly pulls: Pulls
  readonly edgeRanges: readonly Range[]
  readonly localRanges: readonly Range[]
  /** Home Assistant: `http://127.0.0.1:8123`. */
  readonly upstream: string
  /** Other services, each behind a name of its own, which is one of `names`. */
  readonly also?: readonly { readonly name: string; readonly url: string }[]
  readonly limits?: Partial<Limits>
  /** What Gatehouse knows about why a service does not answer: a sentence that any visitor may read. */
  readonly explain?: (name: string) => string | undefined
  /** Told of every request; without it nothing is put together. */
  readonly accessLog?: ((line: AccessLine) => void) | undefined
  readonly onEvent?: (event: GatewayEvent) => void
}

export type GatewayEvent =
  | {
      readonly is: 'pulls-seen'
      /** SHA-256, upper-case hex with colons. */ readonly fingerprint: string
    }
  | {
      /** One of those that were refused for this reason since the last such event; at most one in ten seconds. */
      readonly is: 'refused'
      readonly because: Refusal
      readonly address: string
      readonly count: number
    }
  | {
      readonly is: 'sign-ins'
      /** An address, or a /64 of IPv6. */
      readonly visitor: string
      readonly attempts: number
      readonly outcome: 'slowed' | 'refused'
    }
