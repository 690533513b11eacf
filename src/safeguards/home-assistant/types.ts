import type { Address } from '../../core/address.ts'
import type { Fact } from '../../core/fact.ts'

export type Settings = Readonly<Record<string, unknown>>

export type Desired = {
  /** The address from which Home Assistant sees Gatehouse, where the owner said it. */
  readonly proxy: Address | undefined
  readonly externalUrl: string
  /** Where TLS ends: with `home-assistant` the proxies are Cloudflare's ranges. */
  readonly tls: 'gateway' | 'home-assistant'
  readonly edgeRanges: readonly string[]
}

export type HttpState = {
  readonly stable: Settings
  readonly pending: { readonly settings: Settings; readonly error: string | undefined } | undefined
  readonly onTrial: boolean
}

export type Outside = {
  readonly isHomeAssistant: boolean
  readonly onboarded: boolean
  readonly acceptsProxy: boolean
  readonly seesUsAs: Address | undefined
}

export type Core = {
  readonly version: string
  readonly externalUrl: string | undefined
  readonly recoveryMode: boolean
}

export type Observed = {
  readonly outside: Fact<Outside>
  /** `absent`: the settings live in YAML (before 2026.8). `unknown`: nobody signed in. */
  readonly http: Fact<HttpState>
  readonly core: Fact<Core>
}

export type Do =
  /** Stage, wait for the restart, probe, promote: one transaction. Unconfirmed, Home Assistant undoes it. */
  | { readonly verb: 'set-http'; readonly was: Settings; readonly now: Settings }
  | {
      readonly verb: 'set-external-url'
      readonly was: string | undefined
      readonly now: string | undefined
    }

export type Port = {
  outside(signal: AbortSignal): Promise<Outside>
  httpState(signal: AbortSignal): Promise<HttpState | undefined>
  core(signal: AbortSignal): Promise<Core>
  whyNotRestart(signal: AbortSignal): Promise<string | undefined>
  stage(settings: Settings, signal: AbortSignal): Promise<boolean>
  promote(signal: AbortSignal): Promise<void>
  waitFor(
    wished: (state: HttpState) => boolean,
    atMostMs: number,
    signal: AbortSignal,
  ): Promise<HttpState>
  setExternalUrl(url: string | undefined, signal: AbortSignal): Promise<void>
}
