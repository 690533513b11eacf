import { declared, type FindingCode, type Severity } from './codes.ts'

/** A declared observation that a person should act on. It is gone when a fresh look no longer makes it. */
export type Finding = {
  readonly code: FindingCode
  readonly severity: Severity
  /** One lower-case sentence about this case, with its names and values. */
  readonly says: string
  /** The next thing to do. */
  readonly hint?: string
  /** It could not be looked at: whether it is so is not known, which is never "fine". */
  readonly unseen?: true
}

/** Where a safeguard could not look: `says` why. */
export const unseen = (code: FindingCode, says: string, hint: string): Finding => ({
  ...finding(code, says, hint),
  unseen: true,
})

export function finding(code: FindingCode, says: string, hint?: string): Finding {
  const { severity } = declared(code)
  return hint === undefined ? { code, severity, says } : { code, severity, says, hint }
}
