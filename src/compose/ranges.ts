import { publishedRanges } from '../adapters/cloudflare/ranges.ts'
import { rangesStore } from '../adapters/system/ranges-store.ts'
import { withinAny, addressOf, type Range } from '../core/address.ts'
import type { DataFolder } from '../core/data-folder.ts'
import { days, later, minutes, since } from '../core/duration.ts'
import { finding, type Finding } from '../core/finding.ts'
import { reasonOf } from '../core/problem.ts'
import { allRanges, embeddedRanges, judgeRanges, type EdgeRanges } from '../core/ranges.ts'
import { isLeaving, rangesInForce, takeOver } from '../core/ranges-change.ts'
import type { Cloud } from './cloud.ts'

/** The edge's ranges in force are never fewer than the last plausible list, and never asked for while somebody waits. */
export type Ranges = {
  /** In force now, without asking anybody: the kept ones, or at the very first the embedded ones. */
  inForce(): Promise<EdgeRanges>
  /** The same, refreshed before where they are older than a day. */
  fresh(signal: AbortSignal): Promise<readonly Range[]>
  /** What once was the edge's, and is not any more. */
  former(): Promise<readonly Range[]>
  refresh(signal: AbortSignal): Promise<Refreshed>
}

export type Refreshed = {
  /** False where the list could not be had, or was not believed. */
  readonly well: boolean
  readonly changed: boolean
  /** Something is on its way out, and wants another look soon. */
  readonly leaving: boolean
  readonly findings: readonly Finding[]
}

/** As often as Cloudflare advises; it adds a range to the list before it uses it. */
const freshFor = days(1)
/** An outage of Cloudflare's API is no reason to ask at every look. */
const triedFor = minutes(10)
/** Ranges changed eight times in eleven years: an old list is right nearly always, and a week is worth a word. */
const staleAfter = days(7)
/** Long enough for a person to see it, who has to change the router. */
const toldFor = days(14)

export function composeRanges(
  cloud: Cloud,
  folder: DataFolder,
  allowed: readonly Range[],
  now: () => Date,
): Ranges {
  const store = rangesStore(folder, allowed)
  const started = now()
  let refreshedAt: Date | undefined
  let triedAt: Date | undefined

  const inForce = async (): Promise<EdgeRanges> => {
    const kept = await store.load()
    return kept ? rangesInForce(kept) : embeddedRanges
  }

  const refresh = async (signal: AbortSignal): Promise<Refreshed> => {
    triedAt = now()
    const before = await store.load()
    const changeFindings = (changedAt: Date | undefined): Finding[] =>
      changedAt !== undefined && now() < later(changedAt, toldFor)
        ? [changedFinding(changedAt)]
        : []
    const failed = (findings: readonly Finding[]): Refreshed => ({
      well: false,
      changed: false,
      leaving: false,
      findings: [...findings, ...changeFindings(before?.changedAt)],
    })
    let published
    try {
      published = await publishedRanges(cloud.client, signal)
    } catch (error) {
      signal.throwIfAborted()
      const age = since(refreshedAt ?? started, now())
      return failed(age < staleAfter ? [] : [staleFinding(reasonOf(error))])
    }
    // At the first time the embedded list is what the published one is compared with; a test network has its own.
    const known =
      before?.published ?? (isTestNetwork(published, allowed) ? undefined : embeddedRanges)
    const judged = judgeRanges(published, known, allowed)
    if (judged.is === 'implausible') return failed([implausibleFinding(judged.because)])
    const kept = takeOver(before, judged.ranges, published.etag, now())
    if (kept !== before) await store.save(kept)
    refreshedAt = now()
    return {
      well: true,
      changed: kept !== before && kept.changedAt !== undefined,
      leaving: isLeaving(kept),
      findings: changeFindings(kept.changedAt),
    }
  }

  return {
    inForce,
    former: async () => (await store.load())?.former ?? [],
    refresh,
    async fresh(signal) {
      const old = refreshedAt === undefined || since(refreshedAt, now()) > freshFor
      if (old && (triedAt === undefined || since(triedAt, now()) > triedFor)) await refresh(signal)
      return allRanges(await inForce())
    },
  }
}

const isTestNetwork = (
  { ipv4, ipv6 }: { readonly ipv4: readonly string[]; readonly ipv6: readonly string[] },
  allowed: readonly Range[],
): boolean =>
  [...ipv4, ...ipv6].every((text) => {
    const base = addressOf(text.slice(0, text.indexOf('/')))
    return base !== undefined && withinAny(base, allowed)
  })

const staleFinding = (because: string): Finding =>
  finding(
    'ranges/stale',
    `Cloudflare's ranges could not be refreshed for a week (${because})`,
    'nothing to do: the last ones stay in force',
  )

const implausibleFinding = (because: string): Finding =>
  finding(
    'ranges/implausible',
    `Cloudflare's published ranges were not taken over: ${because}`,
    'nothing to do now; if it stays so, compare with cloudflare.com/ips',
  )

const changedFinding = (at: Date): Finding =>
  finding(
    'ranges/changed',
    `Cloudflare's ranges changed on ${at.toISOString().slice(0, 10)}; the gateway follows by itself`,
    'bring the rule in the router up to date: `gatehouse firewall show`',
  )
