import type { Range } from './address.ts'
import { hours, since } from './duration.ts'
import type { EdgeRanges } from './ranges.ts'

/** The edge's ranges as they are kept. */
export type KeptRanges = {
  /** The last plausible list. */
  readonly published: EdgeRanges
  /** What was on the list before it, and is let in until the change is confirmed. */
  readonly leaving: EdgeRanges
  /** What once was on the list and is let in no more: whoever else was told to trust it is to be told again. */
  readonly former: readonly Range[]
  /** The publisher's name for this state of the list. */
  readonly etag: string
  /** When the list was last seen to change; `undefined`: never, since it has been kept. */
  readonly changedAt: Date | undefined
}

/** Ranges changed eight times in eleven years. */
const mostFormer = 100

/** A list that is still the same after this long was no slip of its publisher. */
const confirmedAfter = hours(1)

/**
 * What is kept after a plausible list came: what is new is let in at once, and what is gone only leaves
 * when a later look confirms it. The edge may still come from there, and a slip of the list shuts nobody
 * out. The same object comes back where nothing changes, so that nothing is written.
 */
export function takeOver(
  before: KeptRanges | undefined,
  published: EdgeRanges,
  etag: string,
  now: Date,
): KeptRanges {
  if (before === undefined)
    return { published, leaving: none, former: [], etag, changedAt: undefined }
  if (!isSame(before.published, published)) {
    const inForce = rangesInForce(before)
    const leaving = {
      ipv4: without(inForce.ipv4, published.ipv4),
      ipv6: without(inForce.ipv6, published.ipv6),
    }
    const again = [...published.ipv4, ...published.ipv6]
    return { published, leaving, former: without(before.former, again), etag, changedAt: now }
  }
  const confirmed = before.changedAt !== undefined && since(before.changedAt, now) >= confirmedAfter
  const settled = !isLeaving(before) || !confirmed
  if (settled && before.etag === etag) return before
  if (settled) return { ...before, etag }
  const gone = [...before.leaving.ipv4, ...before.leaving.ipv6]
  const former = [...without(before.former, gone), ...gone].slice(-mostFormer)
  return { ...before, etag, leaving: none, former }
}

/** Whom the home lets in now. */
export const rangesInForce = ({ published, leaving }: KeptRanges): EdgeRanges => ({
  ipv4: [...published.ipv4, ...leaving.ipv4],
  ipv6: [...published.ipv6, ...leaving.ipv6],
})

export const isLeaving = ({ leaving }: KeptRanges): boolean =>
  leaving.ipv4.length + leaving.ipv6.length > 0

const none: EdgeRanges = { ipv4: [], ipv6: [] }

function without(from: readonly Range[], those: readonly Range[]): readonly Range[] {
  const texts = new Set(those.map(({ text }) => text))
  return from.filter(({ text }) => !texts.has(text))
}

const isSame = (a: EdgeRanges, b: EdgeRanges): boolean =>
  (['ipv4', 'ipv6'] as const).every(
    (family) => a[family].length === b[family].length && without(a[family], b[family]).length === 0,
  )
