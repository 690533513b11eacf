import { isWord, space, tab } from './bytes.ts'
import { field } from './fields.ts'
import type { HeadScanner } from './head-scanner.ts'
import type { Refusal } from './refusal.ts'

/** How the end of a body is known (RFC 9112 section 6). `until-close` is for responses alone. */
export type Framing = 'none' | 'length' | 'chunked' | 'until-close'

/** More digits than a file could need: 999 TB. Beyond 2^53 numbers would lie. */
const maxDigits = 15

/** The length that a Content-Length says, or -1: digits alone, once, and not absurdly many. */
export function lengthOf(bytes: Buffer, from: number, to: number): number {
  if (from === to || to - from > maxDigits) return -1
  let length = 0
  for (let i = from; i < to; i++) {
    const digit = (bytes[i] ?? 0) - 0x30
    if (digit < 0 || digit > 9) return -1
    length = length * 10 + digit
  }
  return length
}

/** The one coding that is understood; every other spelling is another coding, or a trick. */
export const isChunked = (bytes: Buffer, from: number, to: number): boolean =>
  isWord(bytes, from, to, chunkedCoding)

const chunkedCoding = Buffer.from('chunked', 'latin1')

/** White space, and yet llhttp reads another coding than `chunked` where a tab stands behind it. */
function tabFollows(bytes: Buffer, at: number): boolean {
  let i = at
  while (bytes[i] === space) i++
  return bytes[i] === tab
}

/** What the fields of one message say about its body; filled while they are gone through. */
export type FramingFields = {
  /** -1: no Content-Length. */
  length: number
  chunked: boolean
  refusal: Refusal | undefined
}

/** Takes a Content-Length or Transfer-Encoding into account. One of them, once: whatever else has two meanings. */
export function readFraming(
  bytes: Buffer,
  base: number,
  head: HeadScanner,
  i: number,
  into: FramingFields,
): void {
  const from = base + head.valueOf(i)
  const to = base + head.valueEndOf(i)
  if (head.idOf(i) === field.contentLength) {
    if (into.length >= 0) into.refusal ??= 'two-lengths'
    into.length = tabFollows(bytes, to) ? -1 : lengthOf(bytes, from, to)
    if (into.length < 0) {
      into.refusal ??= 'bad-length'
      into.length = 0
    }
  } else {
    if (into.chunked) into.refusal ??= 'two-framings'
    if (!isChunked(bytes, from, to) || tabFollows(bytes, to)) into.refusal ??= 'unknown-coding'
    into.chunked = true
  }
  if (into.chunked && into.length >= 0) into.refusal ??= 'two-framings'
}
