import type { Limits } from '../limits.ts'
import type { AccessLine } from '../metrics/access-line.ts'
import type { Ledger } from '../metrics/ledger.ts'
import type { SignInGuard } from '../sign-in-guard.ts'
import type { Upstream } from '../upstream/upstream.ts'
import type { Visitor } from './visitor.ts'

/** What all connections share. */
export type Forwarding = {
  limits: Limits
  /** Milliseconds of a clock that only goes forward, as of the latest turn that cared to look. */
  now: number
  draining: boolean
  upstreamOf: (host: string) => Upstream | undefined
  readonly visitorOf: (said: string) => Visitor | undefined
  readonly ledger: Ledger
  readonly signIns: SignInGuard
  /** What Gatehouse knows about an upstream that does not answer, as a sentence for the visitor. */
  readonly explain: (upstream: Upstream) => string | undefined
  readonly serviceOf: (upstream: Upstream) => string
  /** Undefined: nobody keeps a log. */
  accessLog: ((line: AccessLine) => void) | undefined
}
