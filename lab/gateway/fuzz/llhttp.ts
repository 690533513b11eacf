// Node's own binding of llhttp, as `node:http` uses it: nothing is between the bytes and the parser.
import { HTTPParser, methods } from 'node:_http_common'

import { fieldOf, type Meaning, type Message } from './meaning.ts'

type Open = { -readonly [K in keyof Message]: Message[K] }

export const llhttpOfRequests = (stream: Buffer): Meaning =>
  read(HTTPParser.REQUEST, stream, () => 0)

/** The second answer of 1 tells the parser that there is no body, whatever the head says (RFC 9112 section 6.3). */
export const llhttpOfResponse = (method: string, stream: Buffer): Meaning =>
  read(HTTPParser.RESPONSE, stream, () => (method === 'HEAD' ? 1 : 0))

function read(type: 1 | 2, stream: Buffer, skipBody: () => 0 | 1): Meaning {
  const parser = new HTTPParser()
  // The gateway's own bound on heads is smaller; it must be the one that refuses.
  parser.initialize(type, {}, 65_536, HTTPParser.kLenientNone)
  const messages: Open[] = []
  let early: string[] = []
  let earlyTarget = ''
  // With many fields they come in parts; within a message they are its trailers, which nobody here asks for.
  parser[HTTPParser.kOnHeaders] = (fields, target) => {
    if (messages.at(-1)?.whole === false) return
    early.push(...fields)
    earlyTarget += target
  }
  parser[HTTPParser.kOnHeadersComplete] = (_major, _minor, fields, method, target, status) => {
    const all = [...early, ...(fields ?? [])]
    messages.push({
      method: method === undefined ? '' : (methods[method] ?? `method ${method}`),
      target: target ?? earlyTarget,
      status: status ?? 0,
      fields: Array.from({ length: all.length / 2 }, (_, i) =>
        fieldOf(all[i * 2] ?? '', all[i * 2 + 1] ?? ''),
      ),
      body: '',
      whole: false,
    })
    early = []
    earlyTarget = ''
    return skipBody()
  }
  parser[HTTPParser.kOnBody] = (bytes) => {
    const message = messages.at(-1)
    if (message) message.body += bytes.toString('latin1')
  }
  parser[HTTPParser.kOnMessageComplete] = () => {
    const message = messages.at(-1)
    if (message) message.whole = true
  }
  const result = parser.execute(stream)
  parser.free()
  return {
    messages,
    refused: result instanceof Error ? (result.code ?? result.message) : undefined,
  }
}
