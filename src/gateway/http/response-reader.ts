import { BodyReader } from './body-reader.ts'
import type { BodySink } from './chunked.ts'
import { HeadBuffer } from './head-buffer.ts'
import { more, refused } from './head-scanner.ts'
import type { Refusal } from './refusal.ts'
import { ResponseHead } from './response-head.ts'

/** Like `RequestSink`; interim responses (1xx) are heads of their own, without an end. */
export type ResponseSink = BodySink & {
  head(head: ResponseHead): void
  end(): void
  refused(refusal: Refusal): void
}

/** Reads the responses of one connection to an upstream, each for the request it was told of. */
export class ResponseReader {
  readonly head = new ResponseHead()
  readonly #buffer = new HeadBuffer(this.head.fields)
  readonly #body = new BodyReader()
  #sink: ResponseSink | undefined
  #method = ''
  #upgrading = false
  #at: 'head' | 'body' | 'stopped' = 'stopped'

  /** The next response answers a request of this method. */
  expect(method: string, upgrading: boolean, sink: ResponseSink): void {
    this.#sink = sink
    this.#method = method
    this.#upgrading = upgrading
    this.#at = 'head'
    this.#buffer.reset()
  }

  stop(): void {
    this.#at = 'stopped'
    this.#sink = undefined
  }

  /** Takes bytes up to the end of the response and answers how far it came. `bytes` may be used again afterwards. */
  feed(bytes: Buffer, from: number, end: number): number {
    let at = from
    while (this.#at === 'head' && at < end) {
      at = this.#buffer.feed(bytes, at, end)
      if (at === more) return end
      if (at === refused) return this.#refuse(this.head.fields.refusal, end)
      const refusal = this.head.understand(
        this.#buffer.bytes,
        this.#buffer.base,
        this.#method,
        this.#upgrading,
      )
      if (refusal) return this.#refuse(refusal, end)
      // After 101 come the bytes of another protocol, which are not ours to read.
      if (this.head.status === 101) this.#at = 'stopped'
      else if (this.head.status >= 200) {
        this.#body.start(this.head.framing, this.head.length)
        this.#at = 'body'
      }
      this.#sink?.head(this.head)
      this.#buffer.reset()
    }
    if (this.#at === 'body' && this.#sink) {
      at = this.#body.feed(bytes, at, end, this.#sink)
      if (at === more) return end
      if (at === refused) return this.#refuse(this.#body.refusal, end)
      const sink = this.#sink
      if (sink && this.#at === 'body') {
        this.stop()
        sink.end()
      }
    }
    return at
  }

  /** The upstream closed: the end of a body that has no other, and too early for any other. */
  close(): boolean {
    const whole = this.#at === 'body' && this.head.framing === 'until-close'
    const sink = this.#sink
    this.stop()
    if (whole) sink?.end()
    return whole
  }

  #refuse(refusal: Refusal | undefined, end: number): number {
    const sink = this.#sink
    this.stop()
    sink?.refused(refusal ?? 'status-line')
    return end
  }
}
