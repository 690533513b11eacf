import { declared, type FindingCode, type Severity } from './codes.ts'

/** A declared observation that a person should act on. It is gone when a fresh look no longer makes it. */
export type Finding = {
  readonly code: FindingCode
  readonly severity: Severity
  /** One lower-case sentence about this case, with its names and values. */
  readonly says: string
  /** The next thing to do. */
  readonly hint?: string
}

export function finding(code: FindingCode, says: string, hint?: string): Finding {
  const { severity } = declared(code)
  return hint === undefined ? { code, severity, says } : { code, severity, says, hint }
}
