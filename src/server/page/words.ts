import { html } from 'hono/html'

import { describeAge } from '../../core/age.ts'
import type { ProofOutcome } from '../../core/proof.ts'

export type Html = ReturnType<typeof html>

/** Shape and word, not colour alone. */
const outcomes: Readonly<Record<ProofOutcome, readonly [string, string]>> = {
  held: ['✓', 'held'],
  broken: ['✗', 'broken'],
  unknown: ['?', 'not known'],
}

export const outcomeWord = (outcome: ProofOutcome): string => outcomes[outcome][1]

/** `word` is what is read aloud instead of the shape, where the text beside it does not say it. */
export function mark(outcome: ProofOutcome, word = `${outcomeWord(outcome)}: `): Html {
  return html`<span class="mark ${outcome}" aria-hidden="true">${outcomes[outcome][0]}</span
    ><span class="spoken">${word}</span>`
}

/** The moment for machines and for whoever points at it, its age for everybody else. */
export const age = (iso: string, now: Date): Html =>
  html`<time datetime="${iso}" title="${iso}">${describeAge(new Date(iso), now)}</time>`

/** A sentence of ours, with what is typed (`gatehouse plan`) set apart. */
export const prose = (text: string): Html =>
  html`${text.split('`').map((part, i) => (i % 2 === 1 ? html`<code>${part}</code>` : part))}`

export const count = (n: number, one: string, many = `${one}s`): string =>
  `${n} ${n === 1 ? one : many}`
