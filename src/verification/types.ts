import type { Address, Family, Range } from '../core/address.ts'
import type { FindingCode } from '../core/codes.ts'
import type { Fact } from '../core/fact.ts'
import type { Finding } from '../core/finding.ts'
import type { PortOutcome } from '../core/port-outcome.ts'
import type { Evidence, Proof } from '../core/proof.ts'
import type { SafeguardName } from '../core/safeguard.ts'

/** What one name server says of a name. */
export type NameAnswer = {
  readonly server: string
  readonly authoritative: boolean
} & ({ readonly values: readonly Address[] } | { readonly failed: string })

export type EdgeAnswer = {
  readonly ms: number
  readonly status: number
  readonly headers: ReadonlyMap<string, string>
  readonly text: string
  readonly certificate:
    | {
        readonly fingerprint: string
        readonly issuer: string
        readonly names: string
        readonly notAfter: Date
      }
    | undefined
  readonly protocol: string | undefined
  /** The number of an error that the edge made itself (RFC 9457); `undefined`: something behind it answered. */
  readonly edgeError?: number | undefined
}

export type EdgeFailure = {
  readonly ms: number
  readonly failed: string
  readonly certificateProblem: boolean
  /** What was answered instead, where a WebSocket was asked for. */
  readonly status?: number
}

export type EdgeRequest = {
  readonly address: string
  readonly port: number
  readonly name: string
  readonly path: string
  readonly secure: boolean
  readonly headers?: Readonly<Record<string, string>>
}

/** A place outside. `you` is the address that it saw and probed. */
export type Vantage = {
  readonly name: string
  ask(
    asked: {
      readonly address: Address
      readonly ports: readonly number[]
      readonly name: string | undefined
    },
    signal: AbortSignal,
  ): Promise<{
    readonly you: Address
    /** Where the probes came from, as far as the vantage knows. */
    readonly from: Address | undefined
    readonly results: readonly { readonly port: number; readonly outcome: PortOutcome }[]
  }>
}

/** What a token can do that it should not, and lacks. */
export type TokenView = {
  readonly status: string
  readonly tooMuch: readonly string[]
  readonly lacks: readonly string[]
  readonly otherZones: readonly string[] | undefined
}

/** The certificate that is served at home, where TLS ends. */
export type ServedAtHome = {
  readonly by: 'gateway' | 'home-assistant'
  /** SHA-256. */
  readonly fingerprint: string
  readonly notAfter: Date
  /** It is the pair for which Home Assistant was restarted last: ours, if not the one that is stored, from before. */
  readonly isFromBefore: boolean
  readonly asked: string
}

/** The home that is to be proven, and the ways to look at it. Nothing here changes anything. */
export type Subject = {
  readonly names: readonly string[]
  /** Those of them behind which Home Assistant stands, and not something else that is published. */
  readonly homeNames: readonly string[]
  readonly publicPort: number
  readonly homes: Readonly<Record<Family, Fact<Address>>>
  readonly edgeRanges: readonly Range[]
  readonly vantage: Vantage | undefined
  /** SHA-256 of the certificate that is stored. */
  readonly storedFingerprint: string | undefined
  readonly pullsMode: Fact<'off' | 'optional' | 'required'>
  resolve(name: string, type: 'A' | 'AAAA', signal: AbortSignal): Promise<readonly NameAnswer[]>
  askAuthorities(
    name: string,
    type: 'A' | 'AAAA',
    signal: AbortSignal,
  ): Promise<readonly NameAnswer[]>
  askEdge(request: EdgeRequest, signal: AbortSignal): Promise<EdgeAnswer | EdgeFailure>
  openWebSocket(
    request: EdgeRequest,
    signal: AbortSignal,
  ): Promise<{ readonly ms: number; readonly frame: string } | EdgeFailure>
  /** `undefined`: it could not be seen from here. */
  servedAtHome(name: string, signal: AbortSignal): Promise<ServedAtHome | undefined>
  token(signal: AbortSignal): Promise<TokenView>
  /** What each safeguard finds, or why it could not look. */
  findings(
    signal: AbortSignal,
  ): Promise<
    readonly { readonly name: SafeguardName; readonly findings: Fact<readonly Finding[]> }[]
  >
  readonly now: () => Date
}

export type Check = {
  readonly name: string
  /** What it can find broken: a check that fails itself makes these unknown. */
  readonly codes: readonly FindingCode[]
  run(subject: Subject, signal: AbortSignal): Promise<readonly Proof[]>
}

export const evidence = (now: Date, from: string, asked: string, answered: string): Evidence => ({
  asked,
  from,
  answered,
  at: now.toISOString(),
})
