import { z } from 'zod'

import { rangeOf, type Range } from '../../core/address.ts'
import type { DataFolder } from '../../core/data-folder.ts'
import { judgeRanges, type EdgeRanges } from '../../core/ranges.ts'
import type { KeptRanges } from '../../core/ranges-change.ts'
import { jsonOf } from '../../core/json.ts'
import { readNowIfThere, writeAtomic } from './files.ts'

const list = z.object({ ipv4: z.array(z.string()), ipv6: z.array(z.string()) })
const file = list.extend({
  leaving: list.catch({ ipv4: [], ipv6: [] }),
  former: z.array(z.string()).catch([]),
  etag: z.string().catch(''),
  changedAt: z.iso.datetime().optional().catch(undefined),
})

/**
 * The edge's ranges on the disk. The file is ours, and judged like a published list all the same: it opens
 * the home. One that is damaged is as good as none.
 */
export function rangesStore(folder: DataFolder, allowed: readonly Range[]) {
  // It is read with every change of the data folder, and judging it takes longer than a new certificate may wait.
  let last: { readonly text: string; readonly kept: KeptRanges | undefined } | undefined
  return {
    async load(): Promise<KeptRanges | undefined> {
      const text = readNowIfThere(folder.ranges) ?? ''
      if (last?.text !== text) last = { text, kept: keptIn(text, allowed) }
      return last.kept
    },

    save: ({ published, leaving, former, etag, changedAt }: KeptRanges): Promise<void> =>
      writeAtomic(
        folder.ranges,
        `${JSON.stringify({ ...textsOf(published), leaving: textsOf(leaving), former: former.map(({ text }) => text), etag, changedAt })}\n`,
      ),
  }
}

function keptIn(text: string, allowed: readonly Range[]): KeptRanges | undefined {
  const parsed = file.safeParse(jsonOf(text))
  if (!parsed.success) return undefined
  const { ipv4, ipv6, leaving, former, etag, changedAt } = parsed.data
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
    former: rangesIn(former),
    etag,
    changedAt: changedAt === undefined ? undefined : new Date(changedAt),
  }
}

const rangesIn = (texts: readonly string[]): readonly Range[] =>
  texts.map(rangeOf).filter((range) => range !== undefined)

const textsOf = ({ ipv4, ipv6 }: EdgeRanges) => ({
  ipv4: ipv4.map(({ text }) => text),
  ipv6: ipv6.map(({ text }) => text),
})
