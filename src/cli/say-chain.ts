import { chain, linkTitles, type Link } from '../core/chain.ts'
import type { ProofOutcome } from '../core/proof.ts'
import type { Paint } from './paint.ts'

export const marks: Readonly<Record<ProofOutcome, string>> = {
  held: '✓',
  broken: '✗',
  unknown: '?',
}

export const painted = (text: string, outcome: ProofOutcome, paint: Paint): string =>
  ({ held: paint.good, broken: paint.bad, unknown: paint.warn })[outcome](text)

/** The chain from the visitor to Home Assistant, each link with its mark below. */
export function sayChain(stateOf: (link: Link) => ProofOutcome, paint: Paint): string {
  const arrow = ' ──► '
  const names = chain.map((link) => linkTitles[link])
  const below = chain.map((link) => {
    const outcome = stateOf(link)
    const name = linkTitles[link]
    const left = Math.floor((name.length - 1) / 2)
    return `${' '.repeat(left)}${painted(marks[outcome], outcome, paint)}${' '.repeat(name.length - 1 - left)}`
  })
  return `  ${names.map((name) => paint.strong(name)).join(arrow)}\n  ${below.join(' '.repeat(arrow.length))}`
}
