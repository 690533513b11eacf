import { z } from 'zod'

import { rangeOf, type Range } from '../../core/address.ts'
import type { DataFolder } from '../../core/data-folder.ts'
import { judgeRanges, type EdgeRanges } from '../../core/ranges.ts'
import type { KeptRanges } from '../../core/ranges-change.ts'
import { readIfThere, writeAtomic } from './files.ts'

const list = z.object({ ipv4: z.array(z.string()), ipv6: z.array(z.string()) })
const file = list.extend({
  leaving: list.catch({ ipv4: [], ipv6: [] }),
  etag: z.string().catch(''),
  changedAt: z.iso.datetime().optional().catch(undefined),
})

/**
 * The edge's ranges on the disk. The file is ours, and judged like a published list all the same: it opens
 * the home. One that is damaged is as good as none.
 */
export const rangesStore = (folder: DataFolder, allowed: readonly Range[]) => ({
  async load(): Promise<KeptRanges | undefined> {
    const parsed = file.safeParse(jsonOf((await readIfThere(folder.ranges)) ?? ''))
    if (!parsed.success) return undefined
    const { ipv4, ipv6, leaving, etag, changedAt } = parsed.data
    const judged = judgeRanges({ ipv4, ipv6 }, undefined, allowed)
    const both = judgeRanges(
      { ipv4: [...ipv4, ...leaving.ipv4], ipv6: [...ipv6, ...leaving.ipv6] },
      undefined,
      allowed,
    )
    if (judged.is !== 'plausible' || both.is !== 'plausible') return undefined
    return {
      published: judged.ranges,
      leaving: { ipv4: rangesIn(leaving.ipv4), ipv6: rangesIn(leaving.ipv6) },
      etag,
      changedAt: changedAt === undefined ? undefined : new Date(changedAt),
    }
  },

  save: ({ published, leaving, etag, changedAt }: KeptRanges): Promise<void> =>
    writeAtomic(
      folder.ranges,
      `${JSON.stringify({ ...textsOf(published), leaving: textsOf(leaving), etag, changedAt })}\n`,
    ),
})

const rangesIn = (texts: readonly string[]): readonly Range[] =>
  texts.map(rangeOf).filter((range) => range !== undefined)

const textsOf = ({ ipv4, ipv6 }: EdgeRanges) => ({
  ipv4: ipv4.map(({ text }) => text),
  ipv6: ipv6.map(({ text }) => text),
})

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
