import type { BodySink } from './chunked.ts'
import { BodyReader } from './body-reader.ts'
import { HeadBuffer } from './head-buffer.ts'
import { more, refused } from './head-scanner.ts'
import type { Refusal } from './refusal.ts'
import { RequestHead } from './request-head.ts'

/** What is read of one request, in this order: head, body in runs, end; or at any point that it is refused. */
export type RequestSink = BodySink & {
  head(head: RequestHead): void
  end(): void
  refused(refusal: Refusal): void
}

/**
 * A head that arrives whole is read, understood and handed on in one go: all connections share the place for it, which
 * stays warm. One that is cut gets a place of its own.
 */
const shared = new RequestHead()

/** Reads the requests of one connection, one at a time. */
export class RequestReader {
  #cut: { readonly head: RequestHead; readonly buffer: HeadBuffer } | undefined
  readonly #body = new BodyReader()
  readonly #sink: RequestSink
  #at: 'head' | 'body' | 'stopped' = 'head'

  constructor(sink: RequestSink) {
    this.#sink = sink
  }

  /** A head has begun to arrive. */
  get inHead(): boolean {
    return this.#cut !== undefined
  }

  get inBody(): boolean {
    return this.#at === 'body'
  }

  /** Nothing more is read of this connection. */
  stop(): void {
    this.#at = 'stopped'
  }

  /**
   * Takes the bytes in `[from, end)` up to the end of one request, and answers how far it came. What follows is shown
   * again once the next request may be read. `bytes` may be used again afterwards.
   */
  feed(bytes: Buffer, from: number, end: number): number {
    let at = from
    if (this.#at === 'head' && at < end) {
      at = this.#readHead(bytes, at, end)
      if (at === more || at === refused) return end
    }
    if (this.#at === 'body') {
      at = this.#body.feed(bytes, at, end, this.#sink)
      if (at === more) return end
      if (at === refused) return this.#refuse(this.#body.refusal, end)
      // The sink may have stopped us while it took the body.
      if (this.#at === 'body') {
        this.#at = 'head'
        this.#sink.end()
      }
    }
    return this.#at === 'stopped' ? end : at
  }

  #readHead(bytes: Buffer, from: number, end: number): number {
    if (this.#cut) {
      const { head, buffer } = this.#cut
      const after = buffer.feed(bytes, from, end)
      return after === more ? more : this.#understand(head, buffer.bytes, buffer.base, after)
    }
    shared.fields.reset()
    const after = shared.fields.scan(bytes, from, end)
    if (after !== more) return this.#understand(shared, bytes, from, after)
    const head = new RequestHead()
    const buffer = new HeadBuffer(head.fields)
    this.#cut = { head, buffer }
    return buffer.feed(bytes, from, end)
  }

  #understand(head: RequestHead, bytes: Buffer, base: number, after: number): number {
    this.#cut = undefined
    const refusal = after === refused ? head.fields.refusal : head.understand(bytes, base)
    if (refusal) {
      this.#refuse(refusal, 0)
      return refused
    }
    this.#body.start(head.framing, head.length)
    this.#at = 'body'
    this.#sink.head(head)
    return after
  }

  #refuse(refusal: Refusal | undefined, end: number): number {
    this.#at = 'stopped'
    this.#sink.refused(refusal ?? 'request-line')
    return end
  }
}
