import type { Link } from '../core/chain.ts'
import type { FindingCode, Severity } from '../core/codes.ts'
import type { Finding } from '../core/finding.ts'
import type { Family } from '../core/address.ts'
import type { ProofOutcome } from '../core/proof.ts'
import type { SafeguardName } from '../core/safeguard.ts'
import type { Counters } from '../gateway/counters.ts'
import type { Verdict } from '../verification/verdict.ts'

/**
 * What the keeper knows at one moment. JSON: moments are ISO 8601, what is not there is null, and
 * nothing in it is a secret.
 */
export type KeeperStatus = {
  readonly startedAt: string
  /** The last proofs, and null before the first. */
  readonly verdict: Verdict | null
  /** The worst that is known of each link: of the last proofs, and of what is open now. */
  readonly links: Readonly<Record<Link, ProofOutcome>>
  /** In the order of `apply`. */
  readonly safeguards: readonly SafeguardStatus[]
  /** What a person should act on, along the chain; with `because`, the cause stands in the list too. */
  readonly findings: readonly OpenFinding[]
  readonly addresses: Readonly<Record<Family, AddressStatus>>
  readonly certificate: CertificateStatus | null
  /** Null where no gateway runs in this process. */
  readonly gateway: Counters | null
}

export type SafeguardStatus = {
  readonly name: SafeguardName
  /** Null before the first look. */
  readonly lastLook: LookStatus | null
  readonly nextLook: string | null
  /** Looks in a row that failed or did not settle. */
  readonly failures: number
  /** What the last look that saw something found; also what is not open yet, or not any more. */
  readonly findings: readonly Finding[]
}

export type LookStatus = {
  readonly at: string
  /** What made it look. */
  readonly because: string
  /**
   * `as-wished`: nothing differed. `put-back`: it is as wished now. `differs`: something remains.
   * `reported`: something differs, and the owner wants to be told only. `failed`: it could not look.
   */
  readonly outcome: 'as-wished' | 'put-back' | 'differs' | 'reported' | 'failed'
  /** What it put back, one sentence each. */
  readonly did: readonly string[]
  /** What it left alone, and why. */
  readonly left: readonly string[]
  /** Why it failed, or what differs still. */
  readonly says: string | null
  /** The code of the problem, where it has one. */
  readonly code: string | null
}

/** One code that is open. Its identity is the code: whatever says it again is the same finding. */
export type OpenFinding = {
  readonly code: FindingCode
  readonly severity: Severity
  readonly link: Link
  /** One for each thing it is said of (two names, say); at least one. */
  readonly cases: readonly { readonly says: string; readonly hint: string | null }[]
  /** When it was first seen. */
  readonly since: string
  /** Open codes that explain it. A person is told of the cause alone. */
  readonly because: readonly FindingCode[]
}

export type AddressStatus =
  | { readonly is: 'known'; readonly address: string }
  | { readonly is: 'absent' }
  | { readonly is: 'unknown'; readonly because: string }

export type CertificateStatus = {
  readonly names: readonly string[]
  readonly notBefore: string
  readonly notAfter: string
  /** SHA-256 of the leaf, upper-case hex with colons. */
  readonly fingerprint: string
}

/** What happens, as it happens. `at` is ISO 8601. */
export type KeeperEvent =
  /** Something lasted long enough to be told, and nothing that is open explains it. */
  | { readonly is: 'opened'; readonly at: string; readonly finding: OpenFinding }
  /** Something that was told is gone. */
  | { readonly is: 'mended'; readonly at: string; readonly finding: OpenFinding }
  | { readonly is: 'looked'; readonly at: string; readonly safeguard: SafeguardStatus }
  | { readonly is: 'proven'; readonly at: string; readonly verdict: Verdict }

/** A listener returns at once and never throws; what takes time it does by itself. */
export type Listener = (event: KeeperEvent) => void

/** The side of the status that others build on: the page, the metrics, whoever tells people. */
export type StatusReader = {
  read(): KeeperStatus
  subscribe(listener: Listener): Disposable
}
