/**
 * What each byte may be part of, one bit per grammar: `token` (RFC 9110 section 5.6.2), `target` (the origin-form of
 * RFC 9112 section 3.2, as browsers write it), `value` (field-content of RFC 9110 section 5.5, obs-text included).
 */
export const token = 1
export const target = 2
export const value = 4

export const classOf = new Uint8Array(256)

/** Lower case, and `_` as `-`: some servers take `X_Forwarded_For` for `X-Forwarded-For`. */
export const folded = Uint8Array.from({ length: 256 }, (_, byte) =>
  byte >= 0x41 && byte <= 0x5a ? byte + 0x20 : byte === 0x5f ? 0x2d : byte,
)

const lower = Uint8Array.from({ length: 256 }, (_, byte) =>
  byte >= 0x41 && byte <= 0x5a ? byte + 0x20 : byte,
)

/** Is `bytes[from, to)` this word of lower case, in whatever case? */
export function isWord(bytes: Uint8Array, from: number, to: number, word: Uint8Array): boolean {
  if (to - from !== word.length) return false
  for (let i = 0; i < word.length; i++) if (lower[bytes[from + i] ?? 0] !== word[i]) return false
  return true
}

/** The value of a hexadecimal digit; 255 for every other byte. */
export const hexOf = Uint8Array.from({ length: 256 }, (_, byte) => {
  if (byte >= 0x30 && byte <= 0x39) return byte - 0x30
  const lower = byte | 0x20
  return lower >= 0x61 && lower <= 0x66 ? lower - 0x57 : 255
})

export const tab = 0x09
export const lf = 0x0a
export const cr = 0x0d
export const space = 0x20
export const colon = 0x3a

const isAlphanumeric = (byte: number): boolean => /[0-9A-Za-z]/.test(String.fromCodePoint(byte))

for (let byte = 0; byte < 256; byte++) {
  const printable = byte > space && byte < 0x7f
  let bits = 0
  if (printable && (isAlphanumeric(byte) || "!#$%&'*+-.^_`|~".includes(String.fromCodePoint(byte))))
    bits |= token
  // Neither a fragment nor what a URL may never contain unescaped (RFC 3986 appendix C).
  if (printable && !'#"<>'.includes(String.fromCodePoint(byte))) bits |= target
  if (printable || byte === space || byte === tab || byte > 0x7f) bits |= value
  classOf[byte] = bits
}
