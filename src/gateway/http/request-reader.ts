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

/** Reads the requests of one connection, one at a time. */
export class RequestReader {
  readonly head = new RequestHead()
  readonly #buffer = new HeadBuffer(this.head.fields)
  readonly #body = new BodyReader()
  readonly #sink: RequestSink
  #at: 'head' | 'body' | 'stopped' = 'head'

  constructor(sink: RequestSink) {
    this.#sink = sink
  }

  /** A head has begun to arrive. */
  get inHead(): boolean {
    return this.#at === 'head' && this.#buffer.waiting
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
      at = this.#buffer.feed(bytes, at, end)
      if (at === more) return end
      if (at === refused) return this.#refuse(this.head.fields.refusal, end)
      const refusal = this.head.understand(this.#buffer.bytes, this.#buffer.base)
      if (refusal) return this.#refuse(refusal, end)
      this.#body.start(this.head.framing, this.head.length)
      this.#at = 'body'
      this.#sink.head(this.head)
      this.#buffer.reset()
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

  #refuse(refusal: Refusal | undefined, end: number): number {
    this.#at = 'stopped'
    this.#sink.refused(refusal ?? 'request-line')
    return end
  }
}
