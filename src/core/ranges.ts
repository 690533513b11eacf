import { addressOf, rangeOf, whyNotPublic, within, type Range } from './address.ts'

/** The ranges from which Cloudflare's edge speaks to origins. */
export type EdgeRanges = { readonly ipv4: readonly Range[]; readonly ipv6: readonly Range[] }

export const allRanges = ({ ipv4, ipv6 }: EdgeRanges): readonly Range[] => [...ipv4, ...ipv6]

/** Cloudflare's list, unchanged from April 2021 to November 2026: the fallback of a first start without network. */
const embedded = {
  ipv4: '173.245.48.0/20 103.21.244.0/22 103.22.200.0/22 103.31.4.0/22 141.101.64.0/18 108.162.192.0/18 190.93.240.0/20 188.114.96.0/20 197.234.240.0/22 198.41.128.0/17 162.158.0.0/15 104.16.0.0/13 104.24.0.0/14 172.64.0.0/13 131.0.72.0/22',
  ipv6: '2400:cb00::/32 2606:4700::/32 2803:f800::/32 2405:b500::/32 2405:8100::/32 2a06:98c0::/29 2c0f:f248::/32',
}

const parsed = (text: string): Range[] =>
  text
    .split(' ')
    .map(rangeOf)
    .filter((range) => range !== undefined)

export const embeddedRanges: EdgeRanges = {
  ipv4: parsed(embedded.ipv4),
  ipv6: parsed(embedded.ipv6),
}

export type Judgement =
  | { readonly is: 'plausible'; readonly ranges: EdgeRanges }
  | { readonly is: 'implausible'; readonly because: string }

/** Fewer than these has never been published; a short list would shut visitors out. */
const fewest = { ipv4: 10, ipv6: 5 }
/** A wider prefix than these has never been published; a wide one would open the home. */
const widest = { ipv4: 12, ipv6: 29 }
/** Cloudflare changed three prefixes at once at the most (April 2021). */
const mostChanges = 6

/**
 * Whether a published list may be taken over. It opens the home to whoever it names, so a wrong one
 * (cut, empty, a lie) must never be.
 */
export function judgeRanges(
  published: { readonly ipv4: readonly string[]; readonly ipv6: readonly string[] },
  before: EdgeRanges | undefined,
  allowed: readonly Range[],
): Judgement {
  const families = [
    judgeFamily('ipv4', published.ipv4, allowed),
    judgeFamily('ipv6', published.ipv6, allowed),
  ] as const
  const complaint = families.find((each) => typeof each === 'string')
  const [ipv4, ipv6] = families
  if (typeof ipv4 === 'string' || typeof ipv6 === 'string')
    return { is: 'implausible', because: String(complaint) }
  const ranges = { ipv4, ipv6 }
  const changes = before === undefined ? 0 : countChanges(before, ranges)
  if (changes > mostChanges)
    return { is: 'implausible', because: `${changes} ranges changed at once` }
  return { is: 'plausible', ranges }
}

/** Ranges for homes and machines that are small enough to hide in one that begins in public (RFC 6890). */
const notPublic = ['192.168.0.1', '169.254.0.1', '100.64.0.1', '172.16.0.1', '10.0.0.1']
  .map(addressOf)
  .filter((address) => address !== undefined)

function judgeFamily(
  family: 'ipv4' | 'ipv6',
  texts: readonly string[],
  allowed: readonly Range[],
): readonly Range[] | string {
  const ranges = texts
    .map(rangeOf)
    .filter((range) => range !== undefined)
    .filter((range) => range.family === family)
  const bad = texts.find((text) => rangeOf(text)?.family !== family)
  if (bad !== undefined)
    return `${JSON.stringify(bad.slice(0, 50))} is not an ${family === 'ipv4' ? 'IPv4' : 'IPv6'} range`
  const different = new Set(ranges.map(({ text }) => text)).size
  if (different < fewest[family])
    return `there are only ${different} ${family === 'ipv4' ? 'IPv4' : 'IPv6'} ranges`
  for (const range of ranges) {
    if (range.bits < widest[family])
      return `${range.text} is wider than any range Cloudflare ever had`
    const base = addressOf(range.text.slice(0, range.text.indexOf('/')))
    const why = base && whyNotPublic(base, allowed)
    if (why !== undefined) return `${range.text} is no public range: ${why}`
    const special = notPublic.find(
      (address) => within(address, range) && whyNotPublic(address, allowed) !== undefined,
    )
    if (special) return `${range.text} has ${special.text} in it, which is not public`
  }
  return ranges
}

function countChanges(before: EdgeRanges, after: EdgeRanges): number {
  const old = new Set(allRanges(before).map(({ text }) => text))
  const fresh = new Set(allRanges(after).map(({ text }) => text))
  return (
    [...old].filter((text) => !fresh.has(text)).length +
    [...fresh].filter((text) => !old.has(text)).length
  )
}
