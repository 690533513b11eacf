import { field } from '../http/fields.ts'
import type { RequestHead } from '../http/request-head.ts'

/** The one statement about the visitor, and the end of the head. */
export const statementAbout = (visitor: string): Buffer =>
  Buffer.from(`X-Forwarded-For: ${visitor}\r\nX-Forwarded-Proto: https\r\n\r\n`, 'latin1')

/** Not passed on as they are: written anew, or not at all. */
const isReplaced = (id: number): boolean =>
  id === field.dropped ||
  id === field.contentLength ||
  id === field.transferEncoding ||
  id === field.connection ||
  id === field.upgrade ||
  id === field.visitor

/**
 * The head that Home Assistant is sent: request line and fields of the message itself, byte for byte as they were
 * checked, its framing as we understood it, and exactly one statement about the visitor.
 *
 * It is written over the head that came, whose places mean nothing afterwards: what is passed on moves together, and
 * what was taken away mostly leaves room enough for what is added.
 */
export function towardsHome(head: RequestHead, statement: Buffer): Buffer {
  const { bytes, base, fields } = head
  let at = base
  const keep = (from: number, to: number): void => {
    if (to <= from) return
    if (at !== base + from) bytes.copyWithin(at, base + from, base + to)
    at += to - from
  }
  // The request line is the first of the lines that move in one go.
  let from = 0
  for (let i = 0; i < fields.count; i++) {
    if (!isReplaced(fields.idOf(i))) continue
    keep(from, fields.lineOf(i))
    from = fields.lineOf(i + 1)
  }
  keep(from, fields.endAt)
  const framing = framingOf(head)
  const added = framing.length + statement.length
  // The empty line at the end is part of the statement.
  const fits = at + added <= base + fields.endAt + 2
  const out = fits ? bytes : Buffer.allocUnsafe(at - base + added)
  const start = fits ? base : 0
  if (!fits) {
    bytes.copy(out, 0, base, at)
    at -= base
  }
  if (framing !== '') at += out.write(framing, at, 'latin1')
  at += statement.copy(out, at)
  return out.subarray(start, at)
}

function framingOf({ framing, length, method, webSocket }: RequestHead): string {
  if (webSocket) return 'Connection: Upgrade\r\nUpgrade: websocket\r\n'
  if (framing === 'chunked') return 'Transfer-Encoding: chunked\r\n'
  if (framing === 'length') return `Content-Length: ${length}\r\n`
  // Their bodies are expected (RFC 9110 section 8.6).
  return method === 'POST' || method === 'PUT' || method === 'PATCH' ? 'Content-Length: 0\r\n' : ''
}
