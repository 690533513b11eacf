import type { Fact } from '../../core/fact.ts'
import type { Steady } from '../../core/steady.ts'

/** What the gateway demands of the edge. */
export type Mode = 'off' | 'optional' | 'required'

export type Desired = {
  readonly names: readonly string[]
  readonly mode: 'required' | 'off'
  /** Where Home Assistant ends TLS, demanding the certificate would shut the LAN out. */
  readonly tls: 'gateway' | 'home-assistant'
}

/** A client certificate: ours in the store, or one at Cloudflare. */
export type Leaf = {
  /** SHA-256, upper-case hex with colons. */ readonly fingerprint: string
  readonly notAfter: Date
}

export type AtEdge = Leaf & {
  readonly id: string
  readonly active: boolean
  readonly ours: boolean
}

export type Association = {
  readonly certificateId: string | undefined
  readonly enabled: boolean
  readonly active: boolean
}

export type Observed = {
  readonly authority: Fact<Leaf>
  /** Fingerprints of the authorities whose certificates the gateway accepts. */
  readonly accepted: readonly string[]
  readonly leaf: Fact<Leaf>
  readonly certificates: Fact<readonly AtEdge[]>
  readonly associations: Fact<Readonly<Record<string, Association | undefined>>>
  readonly mode: Fact<Mode>
  /** When our leaf first arrived at the gateway. */
  readonly seen: Fact<Date>
  readonly now: Date
}

export type Do =
  | { readonly verb: 'make-authority' }
  | { readonly verb: 'make-leaf' }
  /** The gateway accepts our authority; `alone`: and none that was before it. */
  | { readonly verb: 'accept'; readonly alone: boolean }
  /** The leaf in the store, whichever it is then. */
  | { readonly verb: 'upload' }
  | { readonly verb: 'associate'; readonly host: string; readonly was: Association | undefined }
  | { readonly verb: 'dissociate'; readonly host: string }
  | { readonly verb: 'demand'; readonly was: Mode; readonly now: Mode }
  | { readonly verb: 'see'; readonly host: string }
  | { readonly verb: 'remove'; readonly id: string; readonly fingerprint: string }

export type Pem = { readonly certificatePem: string; readonly keyPem: string }

export type Port = {
  authority(): Promise<Pem | undefined>
  leaf(): Promise<Pem | undefined>
  /** PEM of the authorities that the gateway accepts. */
  accepted(): Promise<readonly string[]>
  acceptOwn(alone: boolean): Promise<void>
  makeAuthority(): Promise<void>
  makeLeaf(): Promise<void>
  certificates(
    signal: AbortSignal,
  ): Promise<
    readonly { readonly id: string; readonly active: boolean; readonly certificatePem: string }[]
  >
  upload(certificatePem: string, keyPem: string, signal: AbortSignal): Promise<void>
  remove(id: string, signal: AbortSignal): Promise<void>
  association(host: string, signal: AbortSignal): Promise<Association | undefined>
  associate(
    host: string,
    certificateId: string,
    enabled: boolean | undefined,
    signal: AbortSignal,
  ): Promise<void>
  mode(): Promise<Fact<Mode>>
  setMode(mode: Mode): Promise<void>
  seen(fingerprint: string): Promise<Fact<Date>>
  /** A harmless request to the name through the edge; what came of it, in a few words. */
  requestThroughEdge(host: string, signal: AbortSignal): Promise<string>
  now(): Date
  /** The time that waiting takes; without it the true one. */
  readonly time?: Steady | undefined
}
