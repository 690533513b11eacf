import { describeDuration, since } from '../core/duration.ts'
import type { FindingRecord, ProofRecord } from '../core/history.ts'
import type { Paint } from './paint.ts'
import { marks, painted } from './say-chain.ts'

export type Past = {
  readonly findings: readonly FindingRecord[]
  readonly proofs: readonly ProofRecord[]
}

/** What happened, the newest first, a line each: what opened and how long it lasted, and proofs that came out otherwise. */
export function sayHistory({ findings, proofs }: Past, days: number, now: Date, paint: Paint) {
  const lines = [
    ...findings.map((each) => ({ at: each.opened, says: sayFinding(each, now, paint) })),
    ...proofs.map((each) => ({ at: each.at, says: sayProof(each, paint) })),
  ].toSorted((a, b) => b.at.getTime() - a.at.getTime())
  return lines.length === 0
    ? `nothing happened in the last ${days === 1 ? 'day' : `${days} days`} that the keeper would have written down`
    : lines.map(({ at, says }) => `${paint.dim(localTime(at))}  ${says}`).join('\n')
}

function sayFinding(
  { code, severity, says, opened, mended }: FindingRecord,
  now: Date,
  paint: Paint,
): string {
  const mark = { broken: paint.bad('✗'), weak: paint.warn('!'), notice: paint.dim('·') }[severity]
  const lasted = mended
    ? paint.good(`mended after ${describeDuration(since(opened, mended))}`)
    : paint.warn(`open for ${describeDuration(since(opened, now))}`)
  return `${mark} ${says} ${paint.dim(`(${code})`)}, ${lasted}`
}

const sayProof = ({ outcome, says }: ProofRecord, paint: Paint): string =>
  `${painted(marks[outcome], outcome, paint)} ${says}`

/** As the clock on the wall of this machine shows it: `2026-11-25 07:31`. */
function localTime(at: Date): string {
  const two = (value: number): string => String(value).padStart(2, '0')
  return `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())} ${two(at.getHours())}:${two(at.getMinutes())}`
}
