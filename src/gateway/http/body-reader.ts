import { ChunkedBody, type BodySink } from './chunked.ts'
import type { Framing } from './framing.ts'
import { more } from './head-scanner.ts'
import type { Refusal } from './refusal.ts'

/** Finds the end of one body, whatever its framing, and hands its bytes on as they come. */
export class BodyReader {
  refusal: Refusal | undefined
  #framing: Framing = 'none'
  #left = 0
  #chunked: ChunkedBody | undefined

  start(framing: Framing, length: number): void {
    this.#framing = framing
    this.#left = length
    this.refusal = undefined
    if (framing === 'chunked') {
      this.#chunked ??= new ChunkedBody()
      this.#chunked.reset()
    }
  }

  /** Answers the place after the body, `more` or `refused`. */
  feed(bytes: Buffer, from: number, end: number, sink: BodySink): number {
    if (this.#framing === 'none') return from
    if (this.#framing === 'chunked' && this.#chunked) {
      const after = this.#chunked.feed(bytes, from, end, sink)
      this.refusal = this.#chunked.refusal
      return after
    }
    const to = this.#framing === 'length' ? Math.min(end, from + this.#left) : end
    if (to > from) sink.body(bytes, from, to)
    if (this.#framing === 'until-close') return more
    this.#left -= to - from
    return this.#left === 0 ? to : more
  }
}
