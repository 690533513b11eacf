import ipaddr from 'ipaddr.js'

import { Problem } from './problem.ts'

export type Family = 'ipv4' | 'ipv6'

export const families = ['ipv4', 'ipv6'] as const satisfies readonly Family[]

/** An IP address in its canonical text form (RFC 5952 for IPv6; IPv4-mapped IPv6 becomes IPv4). */
export type Address = { readonly family: Family; readonly text: string }

/** A range of addresses in network form: no bits set behind the prefix. */
export type Range = { readonly family: Family; readonly text: string; readonly bits: number }

type Parsed = ipaddr.IPv4 | ipaddr.IPv6

const familyOf = (parsed: Parsed): Family => (parsed.kind() === 'ipv4' ? 'ipv4' : 'ipv6')

function parsed(text: string): Parsed | undefined {
  // ipaddr.js also reads "127.1" and "0x7f000001"; an address a person means has four parts.
  if (ipaddr.IPv4.isValidFourPartDecimal(text)) return ipaddr.IPv4.parse(text)
  if (!text.includes(':') || !ipaddr.IPv6.isValid(text) || text.includes('%')) return undefined
  return ipaddr.process(text)
}

/** The address, or `undefined` when the text is not one. Zone ids (`%eth0`) are not accepted. */
export function addressOf(text: string): Address | undefined {
  const value = parsed(text.trim())
  return value && { family: familyOf(value), text: value.toString() }
}

/** The range, or `undefined` when the text is not one or has host bits set. A bare address is a range of one. */
export function rangeOf(text: string): Range | undefined {
  const [base, prefix, ...more] = text.trim().split('/')
  const value = base === undefined || more.length > 0 ? undefined : parsed(base)
  if (!value) return undefined
  const width = value.kind() === 'ipv4' ? 32 : 128
  const bits = prefix === undefined ? width : /^\d{1,3}$/.test(prefix) ? Number(prefix) : -1
  if (bits < 0 || bits > width) return undefined
  if (networkOf(value, bits) !== value.toString()) return undefined
  return { family: familyOf(value), text: `${value.toString()}/${bits}`, bits }
}

/** The network of an address with a prefix: `192.168.1.5/24` lies in `192.168.1.0/24`. */
export function networkRange(text: string): Range | undefined {
  const [base = '', prefix = ''] = text.split('/')
  const value = parsed(base)
  return value && /^\d{1,3}$/.test(prefix)
    ? rangeOf(`${networkOf(value, Number(prefix))}/${prefix}`)
    : undefined
}

function networkOf(value: Parsed, bits: number): string {
  const bytes = value.toByteArray()
  const masked = bytes.map(
    (byte, i) => byte & (0xff << Math.max(0, 8 - Math.max(0, bits - i * 8))) & 0xff,
  )
  return ipaddr.fromByteArray(masked).toString()
}

export function within(address: Address, range: Range): boolean {
  if (address.family !== range.family) return false
  const value = parsed(address.text)
  return value !== undefined && `${networkOf(value, range.bits)}/${range.bits}` === range.text
}

export const withinAny = (address: Address, ranges: readonly Range[]): boolean =>
  ranges.some((range) => within(address, range))

/**
 * Why an address cannot be the public address of a home; `undefined` when it can.
 *
 * Special-purpose ranges are those of the IANA registries (RFC 6890 and its updates) as ipaddr.js
 * names them. `allowed` are ranges that the owner declared to count as public (a lab network).
 */
export function whyNotPublic(address: Address, allowed: readonly Range[] = []): string | undefined {
  if (withinAny(address, allowed)) return undefined
  const value = parsed(address.text)
  if (!value) return 'it is not an address'
  const kind = value.range()
  if (kind === 'unicast') return undefined
  return kinds[kind] ?? `it is in a range for special use (${kind})`
}

/** Of a network at home (RFC 1918, RFC 4193). */
export function isPrivate({ text }: Address): boolean {
  const kind = parsed(text)?.range()
  return kind === 'private' || kind === 'uniqueLocal'
}

/** This machine itself, and nobody else. */
export const isLoopback = ({ text }: Address): boolean => parsed(text)?.range() === 'loopback'

/** What providers give to routers whose customers share an address: RFC 6598, and RFC 7335 (DS-Lite). */
export function isShared({ text }: Address): boolean {
  const value = parsed(text)
  return value?.kind() === 'ipv4' && sharedRanges.some((range) => value.match(range))
}

const sharedRanges = [ipaddr.IPv4.parseCIDR('100.64.0.0/10'), ipaddr.IPv4.parseCIDR('192.0.0.0/24')]

/** Whether two addresses lie in one network of so many bits. */
export function sameNetwork(a: Address, b: Address, bits: number): boolean {
  const [one, other] = [parsed(a.text), parsed(b.text)]
  return (
    one !== undefined &&
    other !== undefined &&
    a.family === b.family &&
    networkOf(one, bits) === networkOf(other, bits)
  )
}

const kinds: Readonly<Record<string, string>> = {
  carrierGradeNat: 'the provider shares it among customers (CGNAT, RFC 6598)',
  private: 'it is private (RFC 1918)',
  uniqueLocal: 'it is private (RFC 4193)',
  loopback: 'it is this machine itself',
  linkLocal: 'it is valid on one link only',
  unspecified: 'it is the unspecified address',
  multicast: 'it is a multicast address',
  broadcast: 'it is the broadcast address',
}

/** For configuration that was already checked: throws a Problem where a checked value would not. */
export function mustBeRange(text: string): Range {
  const range = rangeOf(text)
  if (!range) {
    throw new Problem(
      'address/not-a-range',
      `${JSON.stringify(text)} is not a range of addresses`,
      {
        hint: 'write it like 192.168.1.0/24 or 2001:db8::/32, with no bits behind the prefix',
        usage: true,
      },
    )
  }
  return range
}
