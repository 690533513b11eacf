import { publishedRanges } from '../adapters/cloudflare/ranges.ts'
import { readIfThere, writeAtomic } from '../adapters/system/files.ts'
import type { Range } from '../core/address.ts'
import type { DataFolder } from '../core/data-folder.ts'
import { finding, type Finding } from '../core/finding.ts'
import { reasonOf } from '../core/problem.ts'
import { allRanges, embeddedRanges, judgeRanges, type EdgeRanges } from '../core/ranges.ts'
import type { Cloud } from './cloud.ts'

export type Ranges = { readonly ranges: EdgeRanges; readonly findings: readonly Finding[] }

/**
 * The edge's ranges: as published, if they are plausible; otherwise the last that were; at the very
 * first the embedded ones. What was taken over is stored, and only when it changed.
 */
export async function edgeRanges(
  cloud: Cloud,
  folder: DataFolder,
  allowed: readonly Range[],
  signal: AbortSignal,
): Promise<Ranges> {
  const before = await storedRanges(folder, allowed)
  const fallback = before ?? embeddedRanges
  try {
    const published = await publishedRanges(cloud.client, signal)
    const judged = judgeRanges(published, before, allowed)
    if (judged.is === 'implausible') {
      return {
        ranges: fallback,
        findings: [
          finding(
            'ranges/implausible',
            `Cloudflare's published ranges were not taken over: ${judged.because}`,
            'nothing to do now; if it stays so, compare with cloudflare.com/ips',
          ),
        ],
      }
    }
    if (before === undefined || textOf(before) !== textOf(judged.ranges))
      await writeAtomic(folder.ranges, textOf(judged.ranges))
    return { ranges: judged.ranges, findings: [] }
  } catch (error) {
    signal.throwIfAborted()
    return {
      ranges: fallback,
      findings: [
        finding(
          'ranges/stale',
          `Cloudflare's ranges could not be refreshed (${reasonOf(error)})`,
          'nothing to do: the last ones stay in force',
        ),
      ],
    }
  }
}

/** The ranges in force, without asking anybody: for the gateway. */
export async function storedRanges(
  folder: DataFolder,
  allowed: readonly Range[],
): Promise<EdgeRanges | undefined> {
  const text = await readIfThere(folder.ranges)
  if (text === undefined) return undefined
  try {
    // The file is ours; it is judged like a published list all the same, because it opens the home.
    const judged = judgeRanges(listsIn(JSON.parse(text)), undefined, allowed)
    return judged.is === 'plausible' ? judged.ranges : undefined
  } catch {
    return undefined
  }
}

export const rangesInForce = async (
  folder: DataFolder,
  allowed: readonly Range[],
): Promise<readonly Range[]> => allRanges((await storedRanges(folder, allowed)) ?? embeddedRanges)

function listsIn(json: unknown): { ipv4: string[]; ipv6: string[] } {
  const list = (key: 'ipv4' | 'ipv6'): string[] => {
    const found: unknown =
      typeof json === 'object' && json !== null && key in json ? Reflect.get(json, key) : undefined
    return Array.isArray(found) ? found.map(String) : []
  }
  return { ipv4: list('ipv4'), ipv6: list('ipv6') }
}

const textOf = ({ ipv4, ipv6 }: EdgeRanges): string =>
  `${JSON.stringify({ ipv4: ipv4.map(({ text }) => text), ipv6: ipv6.map(({ text }) => text) })}\n`
