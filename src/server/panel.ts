import type { Fact } from '../core/fact.ts'
import type { Person } from '../core/second-factor.ts'
import type { Plan, SafeguardName } from '../core/safeguard.ts'
import type { KeeperStatus } from '../keeper/status.ts'

/** A user of Home Assistant, signed in to us: what Home Assistant said of themself. */
export type SignedIn = {
  readonly id: string
  readonly name: string
  readonly isAdmin: boolean
  readonly hasSecondFactor: boolean
}

/** What Home Assistant gave a browser for us, and how we show that it was we who asked (PKCE, RFC 7636). */
export type Grant = { readonly code: string; readonly clientId: string; readonly verifier: string }

/** What one safeguard would change now. */
export type Planned = { readonly name: SafeguardName; readonly plan: Fact<Plan<unknown>> }

/** The home, as the local server shows it, and what may be asked of it. */
export type Panel = {
  /** Public names of the home, the main one first. */
  readonly names: readonly string[]
  /** Where a browser finds Home Assistant, at home and from outside; each without a trailing slash. */
  readonly homeAssistant: { readonly atHome: string; readonly outside: string }
  /** What is known now; asks nobody. */
  status(): KeeperStatus
  /** True while proofs are being made. */
  isProving(): boolean
  /** Asks for a look at everything, soon. */
  look(): void
  /** Asks for proofs; done when there are some. Whoever asks while others wait gets theirs. */
  prove(): Promise<void>
  /** Looks, and changes nothing. */
  plan(signal: AbortSignal): Promise<readonly Planned[]>
  /** The users of Home Assistant and their second factors; a minute old at most. */
  people(signal: AbortSignal): Promise<Fact<readonly Person[]>>
  /**
   * The user that Home Assistant gave this code for; it keeps whether they have a second factor. The token that
   * it takes for that is given back at once. Throws a Problem where Home Assistant does not take the code.
   */
  signIn(grant: Grant, signal: AbortSignal): Promise<SignedIn>
}
