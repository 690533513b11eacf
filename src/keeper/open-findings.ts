import { compareLinks } from '../core/chain.ts'
import { codes, declared, type FindingCode } from '../core/codes.ts'
import { later } from '../core/duration.ts'
import type { Finding } from '../core/finding.ts'
import { visibleAfter } from '../core/visible-after.ts'
import type { OpenFinding } from './status.ts'

/** Since when each code has been seen without a break. */
export type Sightings = ReadonlyMap<FindingCode, Date>

/** What is seen now, by everybody, and since when. What is not seen any more is forgotten. */
export function sightings(before: Sightings, seen: readonly Finding[], now: Date): Sightings {
  return new Map(seen.map(({ code }) => [code, before.get(code) ?? now]))
}

/** What has lasted for as long as its code declares, along the chain, each with what explains it. */
export function openFindings(
  since: Sightings,
  seen: readonly Finding[],
  now: Date,
): readonly OpenFinding[] {
  const byCode = Map.groupBy(seen, ({ code }) => code)
  const open = [...byCode.keys()].filter((code) => now >= (visibleAt(code, since) ?? now))
  return open
    .map((code) => {
      const { severity, link } = declared(code)
      return {
        code,
        severity,
        link,
        cases: casesOf(byCode.get(code) ?? []),
        since: (since.get(code) ?? now).toISOString(),
        because: causesOf(code, new Set(open)),
      }
    })
    .toSorted((a, b) => compareLinks(a.link, b.link) || order(a.code) - order(b.code))
}

/** When the next code that is seen will have lasted long enough; `undefined` when none waits. */
export function nextVisible(since: Sightings, now: Date): Date | undefined {
  const waiting = [...since.keys()]
    .map((code) => visibleAt(code, since))
    .filter((at) => at !== undefined && at > now)
  return waiting.toSorted((a, b) => Number(a) - Number(b))[0]
}

function visibleAt(code: FindingCode, since: Sightings): Date | undefined {
  const first = since.get(code)
  return first && later(first, visibleAfter(code))
}

/** Causes, and causes of causes. */
function causesOf(code: FindingCode, open: ReadonlySet<FindingCode>): FindingCode[] {
  const found = new Set<FindingCode>()
  const follow = (causes: readonly string[]): void => {
    for (const cause of open) {
      if (cause === code || found.has(cause) || !causes.includes(cause)) continue
      found.add(cause)
      follow(declared(cause).because ?? [])
    }
  }
  follow(declared(code).because ?? [])
  return [...found]
}

/** Two who see the same say it once. */
const casesOf = (same: readonly Finding[]): OpenFinding['cases'] => [
  ...new Map(same.map(({ says, hint }) => [says, { says, hint: hint ?? null }])).values(),
]

const places = new Map(Object.keys(codes).map((code, place) => [code, place]))
const order = (code: FindingCode): number => places.get(code) ?? 0
