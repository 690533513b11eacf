import type { CertificateFacts } from '../../core/certificate.ts'
import type { Fact } from '../../core/fact.ts'

export type Desired = {
  readonly names: readonly string[]
  /** URL of the ACME directory. */
  readonly directory: string
  /** URL of the staging directory; `undefined`: no rehearsal before the first order. */
  readonly staging: string | undefined
  readonly profile: string | undefined
  readonly preferredChain: string | undefined
  /** The folder that Home Assistant reads, where TLS ends there. */
  readonly copyTo: string | undefined
}

export type Stored = CertificateFacts & { readonly directory: string }

export type Observed = {
  readonly stored: Fact<Stored>
  /** When the authority wants it renewed: a moment inside its window (ARI). `absent`: it does not say. */
  readonly renewAt: Fact<Date>
  readonly rehearsed: boolean
  /** Attempts since the stored one that failed, oldest first. */
  readonly attempts: readonly Date[]
  /** Fingerprint of the certificate in `copyTo`. */
  readonly copied: Fact<string>
  /** True where others on this machine may read the private key. */
  readonly keyReadable: boolean
  readonly now: Date
}

export type Do =
  | {
      readonly verb: 'rehearse'
      readonly names: readonly string[]
      readonly directory: string
      readonly profile: string | undefined
    }
  | {
      readonly verb: 'issue'
      readonly names: readonly string[]
      readonly directory: string
      readonly profile: string | undefined
      readonly preferredChain: string | undefined
      /** Fingerprint of the certificate that this one follows. */
      readonly replaces: string | undefined
    }
  | { readonly verb: 'copy'; readonly folder: string; readonly was: string | undefined }

export type Port = {
  load(): Promise<{ readonly chainPem: string; readonly directory: string } | undefined>
  /** A moment in the authority's renewal window; `undefined` when it gives none. */
  renewAt(chainPem: string, directory: string, signal: AbortSignal): Promise<Date | undefined>
  rehearsed(names: readonly string[]): Promise<boolean>
  attempts(): Promise<readonly Date[]>
  /** Fingerprint of the certificate that lies in the folder, `undefined` when there is none. */
  copiedIn(folder: string): Promise<string | undefined>
  keyReadableByOthers(): Promise<boolean>
  /** Obtains a certificate from the staging authority and forgets it. */
  rehearse(
    order: {
      readonly names: readonly string[]
      readonly directory: string
      readonly profile: string | undefined
    },
    signal: AbortSignal,
  ): Promise<void>
  /** Obtains a certificate, checks the pair, and puts it in use. */
  issue(
    order: {
      readonly names: readonly string[]
      readonly directory: string
      readonly profile: string | undefined
      readonly preferredChain: string | undefined
      readonly replaces: boolean
    },
    signal: AbortSignal,
  ): Promise<void>
  copy(folder: string, names: readonly string[]): Promise<void>
  now(): Date
}
