import type { LedgerSnapshot } from './metrics/ledger.ts'
import type { Health } from './upstream/upstream.ts'

/** What the gateway knows of itself at one moment: plain values, without secrets. */
export type GatewaySnapshot = LedgerSnapshot & {
  readonly open: {
    readonly connections: number
    readonly webSockets: number
    /** Handshakes under way. */
    readonly handshakes: number
  }
  readonly upstreams: readonly UpstreamSnapshot[]
}

export type UpstreamSnapshot = {
  readonly names: readonly string[]
  readonly health: Health
  readonly connections: { readonly open: number; readonly idle: number }
}
