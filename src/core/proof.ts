import type { Link } from './chain.ts'
import { declared, type FindingCode } from './codes.ts'

/** One thing that was sent and what came back. JSON; never a secret, never a body. */
export type Evidence = {
  /** What was asked, as a person would write it: `TLS 203.0.113.7:443, name ha.example.com`. */
  readonly asked: string
  /** From where: the vantage's name or address, or `here`. */
  readonly from: string
  /** What came back, in a few words: `connection refused after 3 ms`. */
  readonly answered: string
  /** When the answer came, ISO 8601. */
  readonly at: string
}

/** `unknown` is never "fine": it says that the proof could not be made. */
export type ProofOutcome = 'held' | 'broken' | 'unknown'

/** The outcome of one check, with its evidence. */
export type Proof = {
  /** What would be wrong if it were broken. */
  readonly code: FindingCode
  readonly link: Link
  readonly outcome: ProofOutcome
  /** One lower-case sentence: the claim where it held, what was seen where it broke, what is missing where it is unknown. */
  readonly says: string
  readonly hint?: string
  readonly evidence: readonly Evidence[]
  /** Codes of the proofs of this run that explain this one (set by the verdict, not by the check). */
  readonly because: readonly FindingCode[]
}

type ProofMore = {
  readonly evidence?: readonly Evidence[]
  readonly hint?: string
  readonly link?: Link
}

function proof(outcome: ProofOutcome, code: FindingCode, says: string, more: ProofMore): Proof {
  return {
    code,
    link: more.link ?? declared(code).link,
    outcome,
    says,
    ...(more.hint === undefined ? {} : { hint: more.hint }),
    evidence: more.evidence ?? [],
    because: [],
  }
}

export const held = (code: FindingCode, says: string, evidence: readonly Evidence[]): Proof =>
  proof('held', code, says, { evidence })

export const broken = (code: FindingCode, says: string, more: ProofMore): Proof =>
  proof('broken', code, says, more)

export const notKnown = (code: FindingCode, says: string, more: ProofMore = {}): Proof =>
  proof('unknown', code, says, more)
