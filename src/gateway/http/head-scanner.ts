import { classOf, colon, cr, lf, space, tab, token } from './bytes.ts'
import { fieldOf } from './fields.ts'
import type { Refusal } from './refusal.ts'

/** More bytes are needed. */
export const more = -1
/** The message is refused; the reader says why. */
export const refused = -2

/** Home Assistant's and the edge's own limits are lower (Cloudflare docs: 32 KB of request headers). */
export const maxHead = 32_768
export const maxFields = 100

/**
 * A line that was cut is read again from its beginning when more comes. A long one that comes byte by byte would be read
 * thousands of times: it is read again once its end is there.
 */
const longLine = 512

/** Reads the first line, which is whole; answers why it is refused. Offsets are relative to `base`. */
export type StartLine = (bytes: Uint8Array, base: number, end: number) => Refusal | undefined

/** One field: where its line, its value and its end are, relative to the head's first byte. */
const stride = 5

/**
 * One head, read in one pass over its bytes, each of which must be of the class that stands in its place. It may be cut
 * anywhere: the same bytes are shown again with those that follow.
 *
 * Nothing is copied: it remembers places, relative to the head's first byte, and what each field is to us.
 */
export class HeadScanner {
  count = 0
  /** Where the first field begins, and where the empty line does. */
  fieldsAt = 0
  endAt = 0
  refusal: Refusal | undefined
  readonly #marks = new Uint16Array(maxFields * stride)
  readonly #startLine: StartLine | undefined
  #lineAt = 0
  #seen = 0

  /** Without a first line these are bare fields: the trailers of a body. */
  constructor(startLine?: StartLine) {
    this.#startLine = startLine
  }

  reset(): void {
    this.count = 0
    this.fieldsAt = 0
    this.#lineAt = 0
    this.#seen = 0
    this.refusal = undefined
  }

  lineOf(i: number): number {
    return i < this.count ? (this.#marks[i * stride] ?? 0) : this.endAt
  }
  nameEndOf(i: number): number {
    return this.#marks[i * stride + 1] ?? 0
  }
  valueOf(i: number): number {
    return this.#marks[i * stride + 2] ?? 0
  }
  valueEndOf(i: number): number {
    return this.#marks[i * stride + 3] ?? 0
  }
  idOf(i: number): number {
    return this.#marks[i * stride + 4] ?? 0
  }
  setId(i: number, id: number): void {
    this.#marks[i * stride + 4] = id
  }

  /**
   * The head begins at `base`, and `bytes` are known up to `end`. Answers the place after the head, `more` or `refused`.
   */
  scan(bytes: Buffer, base: number, end: number): number {
    if (this.#seen - this.#lineAt > longLine && !this.#hasNewLine(bytes, base, end))
      return this.#wait(base, end)
    let at = base + this.#lineAt
    if (this.#startLine && this.fieldsAt === 0) {
      const newLine = bytes.indexOf(lf, base)
      if (newLine === -1 || newLine >= end) return this.#wait(base, end)
      if (newLine - base > maxHead) return this.#refuse('head-too-large')
      const refusal = this.#startLine(bytes, base, newLine)
      if (refusal) return this.#refuse(refusal)
      at = newLine + 1
      this.fieldsAt = at - base
      this.#lineAt = this.fieldsAt
    }
    const marks = this.#marks
    for (;;) {
      if (at >= end) return this.#wait(base, end)
      if (bytes[at] === cr) {
        if (at + 1 >= end) return this.#wait(base, end)
        if (bytes[at + 1] !== lf) return this.#refuse('bare-carriage-return')
        if (at + 2 - base > maxHead) return this.#refuse('head-too-large')
        this.endAt = at - base
        return at + 2
      }
      let i = at
      let byte = bytes[i] ?? 0
      while (((classOf[byte] ?? 0) & token) !== 0) {
        if (++i >= end) return this.#wait(base, end)
        byte = bytes[i] ?? 0
      }
      if (byte !== colon || i === at) return this.#refuse(whyNotName(byte, i === at))
      const nameEnd = i
      do {
        if (++i >= end) return this.#wait(base, end)
        byte = bytes[i] ?? 0
      } while (byte === space || byte === tab)
      const valueAt = i
      // As the class `value` says it, which a comparison sees faster than the table.
      while ((byte >= space && byte !== 0x7f) || byte === tab) {
        if (++i >= end) return this.#wait(base, end)
        byte = bytes[i] ?? 0
      }
      if (byte !== cr) return this.#refuse(whyNotValue(byte))
      if (i + 1 >= end) return this.#wait(base, end)
      if (bytes[i + 1] !== lf) return this.#refuse('bare-carriage-return')
      let valueEnd = i
      while (valueEnd > valueAt && (bytes[valueEnd - 1] === space || bytes[valueEnd - 1] === tab))
        valueEnd--
      if (this.count >= maxFields) return this.#refuse('too-many-fields')
      if (i + 2 - base > maxHead) return this.#refuse('head-too-large')
      const mark = this.count * stride
      marks[mark] = at - base
      marks[mark + 1] = nameEnd - base
      marks[mark + 2] = valueAt - base
      marks[mark + 3] = valueEnd - base
      marks[mark + 4] = fieldOf(bytes, at, nameEnd)
      this.count++
      at = i + 2
      this.#lineAt = at - base
    }
  }

  #hasNewLine(bytes: Buffer, base: number, end: number): boolean {
    const found = bytes.indexOf(lf, base + this.#seen)
    return found !== -1 && found < end
  }

  #wait(base: number, end: number): number {
    if (end - base > maxHead)
      return this.#refuse(this.#lineAt === 0 ? 'target-too-long' : 'head-too-large')
    this.#seen = end - base
    return more
  }

  #refuse(refusal: Refusal): number {
    this.refusal = refusal
    return refused
  }
}

function whyNotName(byte: number, first: boolean): Refusal {
  if (byte === space || byte === tab) return first ? 'folded-line' : 'space-before-colon'
  if (byte === lf) return 'bare-line-feed'
  return byte === 0 ? 'nul' : 'field-name'
}

function whyNotValue(byte: number): Refusal {
  if (byte === lf) return 'bare-line-feed'
  return byte === 0 ? 'nul' : 'field-value'
}
