import type { Link } from './chain.ts'
import type { FindingCode, Severity } from './codes.ts'
import type { Evidence, Proof, ProofOutcome } from './proof.ts'

/** What a person was told of a finding; `mended` only after `opened`. */
export type Told = 'nothing' | 'opened' | 'mended'

/** A finding that lasted long enough to show, from the moment it did until it was gone. */
export type FindingRecord = {
  readonly id: number
  readonly code: FindingCode
  readonly severity: Severity
  readonly link: Link
  readonly says: string
  readonly hint: string | null
  readonly opened: Date
  /** Null: it is open. */
  readonly mended: Date | null
  readonly told: Told
}

/** A proof whose outcome was another than the time before. */
export type ProofRecord = {
  readonly code: FindingCode
  readonly at: Date
  readonly outcome: ProofOutcome
  readonly says: string
  readonly evidence: readonly Evidence[]
}

/**
 * The memory of findings and proofs. It holds changes: a proof that holds again, and a finding that is
 * still open, write nothing. What is old is forgotten, so that it stays small.
 */
export type History = {
  /** `undefined` when the code is open already. */
  opened(finding: Omit<FindingRecord, 'id' | 'mended' | 'told'>): FindingRecord | undefined
  /** `undefined` when the code was not open. */
  mended(code: FindingCode, at: Date): FindingRecord | undefined
  told(id: number, what: Told): void
  /** What is open, and what was mended and not told yet; oldest first. */
  current(): readonly FindingRecord[]
  /** Writes those whose outcome changed. */
  proven(proofs: readonly Proof[], at: Date): void
  /** Newest first. */
  findings(atMost: number): readonly FindingRecord[]
  /** Newest first. */
  proofs(atMost: number): readonly ProofRecord[]
}
