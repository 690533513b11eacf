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

/** As in `RequestReader`: the place for heads that arrive whole. */
const shared = new ResponseHead()

/** Reads the responses of one connection to an upstream, each for the request it was told of. */
export class ResponseReader {
  #cut: { readonly head: ResponseHead; readonly buffer: HeadBuffer } | undefined
  readonly #body = new BodyReader()
  #sink: ResponseSink | undefined
  #method = ''
  #upgrading = false
  #untilClose = false
  #at: 'head' | 'body' | 'stopped' = 'stopped'

  /** The next response answers a request of this method. */
  expect(method: string, upgrading: boolean, sink: ResponseSink): void {
    this.#sink = sink
    this.#method = method
    this.#upgrading = upgrading
    this.#at = 'head'
    this.#cut = undefined
  }

  stop(): void {
    this.#at = 'stopped'
    this.#sink = undefined
  }

  /** Takes bytes up to the end of the response and answers how far it came. `bytes` may be used again afterwards. */
  feed(bytes: Buffer, from: number, end: number): number {
    let at = from
    while (this.#at === 'head' && at < end) {
      at = this.#readHead(bytes, at, end)
      if (at === more || at === refused) return end
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
    const whole = this.#at === 'body' && this.#untilClose
    const sink = this.#sink
    this.stop()
    if (whole) sink?.end()
    return whole
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
    const head = new ResponseHead()
    const buffer = new HeadBuffer(head.fields)
    this.#cut = { head, buffer }
    return buffer.feed(bytes, from, end)
  }

  #understand(head: ResponseHead, bytes: Buffer, base: number, after: number): number {
    this.#cut = undefined
    const refusal =
      after === refused
        ? head.fields.refusal
        : head.understand(bytes, base, this.#method, this.#upgrading)
    if (refusal) {
      this.#refuse(refusal, 0)
      return refused
    }
    // After 101 come the bytes of another protocol, which are not ours to read.
    if (head.status === 101) this.#at = 'stopped'
    else if (head.status >= 200) {
      this.#body.start(head.framing, head.length)
      this.#untilClose = head.framing === 'until-close'
      this.#at = 'body'
    }
    this.#sink?.head(head)
    return after
  }

  #refuse(refusal: Refusal | undefined, end: number): number {
    const sink = this.#sink
    this.stop()
    sink?.refused(refusal ?? 'status-line')
    return end
  }
}
