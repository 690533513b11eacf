import type { Steady } from '../core/steady.ts'

/** What only the outermost layer may reach for. */
export type Effects = {
  readonly now: () => Date
  /** 0 (included) to 1 (excluded). */
  readonly random: () => number
  /** Nobody waits for the outcome: what costs a restart of Home Assistant waits for its window. */
  readonly unattended?: boolean
  /** The time that pauses take; another one where a test has no patience. */
  readonly time?: Steady
  /** Told of each call of Cloudflare's API; for figures. */
  readonly observeCall?: (call: { readonly method: string; readonly path: string }) => void
}
