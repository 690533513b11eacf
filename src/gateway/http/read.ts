import type { Framing } from './framing.ts'
import type { HeadScanner } from './head-scanner.ts'
import type { Refusal } from './refusal.ts'
import { RequestReader } from './request-reader.ts'
import { ResponseReader } from './response-reader.ts'

// The very readers of the data path as plain values: for tests that compare them with other people's.

export type Fields = readonly (readonly [name: string, value: string])[]

export type RequestEvent =
  | {
      readonly is: 'head'
      readonly method: string
      readonly target: string
      /** As they were sent, in their order, without the white space around values. Latin-1. */
      readonly fields: Fields
      readonly framing: Framing
      /** Of the body, where `framing` is `length`. */
      readonly length: number
      readonly close: boolean
      readonly webSocket: boolean
    }
  | { readonly is: 'body'; readonly bytes: Buffer }
  | { readonly is: 'end' }
  | { readonly is: 'refused'; readonly because: Refusal }

export type ResponseEvent =
  | {
      readonly is: 'head'
      readonly status: number
      readonly fields: Fields
      readonly framing: Framing
      readonly length: number
      readonly close: boolean
    }
  | { readonly is: 'body'; readonly bytes: Buffer }
  | { readonly is: 'end' }
  | { readonly is: 'refused'; readonly because: Refusal }

/** Feed it the bytes of a connection, cut as they come; pipelined requests follow one another. Nothing follows `refused`. */
export function readRequests(): { feed(bytes: Buffer): readonly RequestEvent[] } {
  let events: RequestEvent[] = []
  const reader = new RequestReader({
    head(head) {
      const { method, framing, length, close, webSocket } = head
      events.push({
        is: 'head',
        method,
        target: head.targetText(),
        fields: fieldsOf(head.bytes, head.base, head.fields),
        framing,
        length,
        close,
        webSocket,
      })
    },
    body: (bytes, from, to) =>
      void events.push({ is: 'body', bytes: Buffer.from(bytes.subarray(from, to)) }),
    end: () => void events.push({ is: 'end' }),
    refused: (because) => void events.push({ is: 'refused', because }),
  })
  return {
    feed(bytes) {
      events = []
      for (let at = 0; at < bytes.length;) at = reader.feed(bytes, at, bytes.length)
      return events
    },
  }
}

/** One response to a request of this method; `close` when the connection ended. */
export function readResponse(method: string): {
  feed(bytes: Buffer): readonly ResponseEvent[]
  /** Whether the response was whole. */
  close(): boolean
} {
  let events: ResponseEvent[] = []
  const reader = new ResponseReader()
  reader.expect(method, false, {
    head(head) {
      const { status, framing, length, close } = head
      const fields = fieldsOf(head.bytes, head.base, head.fields)
      events.push({ is: 'head', status, fields, framing, length, close })
    },
    body: (bytes, from, to) =>
      void events.push({ is: 'body', bytes: Buffer.from(bytes.subarray(from, to)) }),
    end: () => void events.push({ is: 'end' }),
    refused: (because) => void events.push({ is: 'refused', because }),
  })
  return {
    feed(bytes) {
      events = []
      reader.feed(bytes, 0, bytes.length)
      return events
    },
    close: () => reader.close(),
  }
}

const fieldsOf = (bytes: Buffer, base: number, head: HeadScanner): Fields =>
  Array.from({ length: head.count }, (_, i) => [
    bytes.toString('latin1', base + head.lineOf(i), base + head.nameEndOf(i)),
    bytes.toString('latin1', base + head.valueOf(i), base + head.valueEndOf(i)),
  ])
