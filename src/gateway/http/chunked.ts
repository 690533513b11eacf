import { cr, hexOf, lf } from './bytes.ts'
import { field } from './fields.ts'
import { HeadScanner, more, refused } from './head-scanner.ts'
import type { Refusal } from './refusal.ts'

/** Takes the body as it comes, in runs of the bytes that were read. */
export type BodySink = { body(bytes: Buffer, from: number, to: number): void }

/** 2^44 is more than any body; more digits could only hide something. */
const maxSizeDigits = 11
/** Fields after the body are read to be thrown away. */
const maxTrailers = 8192

type State = 'size' | 'size-end' | 'data' | 'data-cr' | 'data-lf' | 'trailers'

/**
 * A body in chunks (RFC 9112 section 7.1), cut anywhere. Neither extensions nor bare line ends: both have been taken for
 * something else by somebody. Trailers must be well-formed fields, and are dropped.
 */
export class ChunkedBody {
  refusal: Refusal | undefined
  #state: State = 'size'
  #digits = 0
  #left = 0
  #trailers: HeadScanner | undefined
  #held: Buffer = nothing

  reset(): void {
    this.refusal = undefined
    this.#state = 'size'
    this.#digits = 0
    this.#left = 0
    this.#trailers = undefined
    this.#held = nothing
  }

  /** Answers the place after the body, `more` or `refused`. */
  feed(bytes: Buffer, from: number, end: number, sink: BodySink): number {
    let at = from
    while (at < end) {
      const byte = bytes[at] ?? 0
      switch (this.#state) {
        case 'size': {
          const digit = hexOf[byte] ?? 255
          if (digit !== 255) {
            if (++this.#digits > maxSizeDigits) return this.#refuse('chunk-size')
            this.#left = this.#left * 16 + digit
          } else if (byte === cr && this.#digits > 0) this.#state = 'size-end'
          else
            return this.#refuse(
              byte === 0x3b || byte === 0x20 || byte === 0x09 ? 'chunk-extension' : 'chunk-size',
            )
          at++
          break
        }
        case 'size-end':
          if (byte !== lf) return this.#refuse('bare-carriage-return')
          this.#state = this.#left === 0 ? 'trailers' : 'data'
          at++
          break
        case 'data': {
          const to = Math.min(end, at + this.#left)
          sink.body(bytes, at, to)
          this.#left -= to - at
          at = to
          if (this.#left === 0) this.#state = 'data-cr'
          break
        }
        case 'data-cr':
          if (byte !== cr) return this.#refuse('chunk-end')
          this.#state = 'data-lf'
          at++
          break
        case 'data-lf':
          if (byte !== lf) return this.#refuse('chunk-end')
          this.#state = 'size'
          this.#digits = 0
          at++
          break
        case 'trailers':
          return this.#readTrailers(bytes, at, end)
      }
    }
    return more
  }

  /** Usually the two bytes of the empty line, at once. */
  #readTrailers(bytes: Buffer, at: number, end: number): number {
    if (this.#held.length === 0 && end - at >= 2 && bytes[at] === cr && bytes[at + 1] === lf)
      return at + 2
    this.#trailers ??= new HeadScanner()
    const before = this.#held.length
    this.#held = Buffer.concat([
      this.#held,
      bytes.subarray(at, Math.min(end, at + maxTrailers + 1)),
    ])
    const after = this.#trailers.scan(this.#held, 0, this.#held.length)
    if (after === refused || Math.max(after, this.#held.length) > maxTrailers)
      return this.#refuse('trailers')
    if (after === more) return more
    // Dropped like all trailers; but whoever sends a length or a host there means to confuse (RFC 9110 section 6.5.1).
    for (let i = 0; i < this.#trailers.count; i++)
      if (this.#trailers.idOf(i) > field.dropped) return this.#refuse('trailers')
    return at + after - before
  }

  #refuse(refusal: Refusal): number {
    this.refusal = refusal
    return refused
  }
}

const nothing = Buffer.alloc(0)
