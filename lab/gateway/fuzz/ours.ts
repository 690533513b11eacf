import { readRequests, readResponse, type Fields } from '../../../src/gateway/http/read.ts'
import { fieldOf, type Meaning, type Message } from './meaning.ts'

type Open = { -readonly [K in keyof Message]: Message[K] }

type Event =
  | { readonly is: 'head'; readonly fields: Fields }
  | { readonly is: 'body'; readonly bytes: Buffer }
  | { readonly is: 'end' }
  | { readonly is: 'refused'; readonly because: string }

/** What the gateway's reader takes these requests for, however they are cut. It stops where the data path does: at `close` or a WebSocket. */
export function oursOfRequests(pieces: readonly Buffer[]): Meaning {
  const reader = readRequests()
  const taken = taker()
  for (const piece of pieces) {
    for (const event of reader.feed(piece)) {
      if (event.is === 'head') {
        if (taken.isOver()) return taken.meaning()
        const { method, target, close, webSocket } = event
        taken.head(event.fields, { method, target, status: 0 }, close || webSocket)
      } else taken.event(event)
    }
  }
  return taken.meaning()
}

/** What it takes the answers to one request of this method for; interim ones have no end of their own. */
export function oursOfResponse(method: string, pieces: readonly Buffer[]): Meaning {
  const reader = readResponse(method)
  const taken = taker()
  for (const piece of pieces) {
    for (const event of reader.feed(piece)) {
      if (event.is === 'head') {
        taken.head(event.fields, { method: '', target: '', status: event.status }, false)
      } else taken.event(event)
    }
  }
  return taken.meaning()
}

function taker() {
  const messages: Open[] = []
  let refused: string | undefined
  let last = false
  return {
    isOver: () => last,
    head(fields: Fields, start: Pick<Message, 'method' | 'target' | 'status'>, isLast: boolean) {
      last = isLast
      const lines = fields.map(([name, value]) => fieldOf(name, value))
      // An interim response has neither body nor end.
      const whole = start.status >= 100 && start.status < 200
      messages.push({ ...start, fields: lines, body: '', whole })
    },
    event(event: Exclude<Event, { is: 'head' }>) {
      const message = messages.at(-1)
      if (event.is === 'refused') refused = event.because
      else if (message && event.is === 'body') message.body += event.bytes.toString('latin1')
      else if (message && event.is === 'end') message.whole = true
    },
    meaning: (): Meaning => ({ messages, refused }),
  }
}
