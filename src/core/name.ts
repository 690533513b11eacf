import { domainToASCII } from 'node:url'

/**
 * A host name in its wire form: lower case, punycode, no trailing dot.
 *
 * Labels of letters, digits and hyphens, 1 to 63 bytes each, 253 in all, at least two of them
 * (RFC 1123 section 2.1, RFC 5891). `undefined` when the text is not one.
 */
export function nameOf(text: string): string | undefined {
  const ascii = domainToASCII(text.trim().replace(/\.$/, ''))
  if (ascii === '' || ascii.length > 253) return undefined
  const labels = ascii.split('.')
  const isLabel = (label: string) => /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/.test(label)
  if (labels.length < 2 || !labels.every(isLabel)) return undefined
  // All digits at the end is an IPv4 address, not a name (RFC 3696 section 2).
  return /^\d+$/.test(labels.at(-1) ?? '') ? undefined : ascii
}

/** Is `name` the zone itself or below it? */
export const isWithin = (name: string, zone: string): boolean =>
  name === zone || name.endsWith(`.${zone}`)

/** How many labels `name` stands below `zone`: 0 for the apex, 1 for `ha.example.com`. */
export const depthBelow = (name: string, zone: string): number =>
  name === zone ? 0 : name.slice(0, -(zone.length + 1)).split('.').length

/** The name and each of its parents with at least two labels, longest first: where a zone could begin. */
export function suffixesOf(name: string): string[] {
  const labels = name.split('.')
  return labels.slice(0, -1).map((_, i) => labels.slice(i).join('.'))
}
