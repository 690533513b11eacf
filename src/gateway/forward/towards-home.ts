import { field } from '../http/fields.ts'
import type { RequestHead } from '../http/request-head.ts'

/** What is added at most besides the statement about the visitor: framing, upgrade. */
const added = 64

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
 */
export function towardsHome(head: RequestHead, statement: Buffer): Buffer {
  const { bytes, base, fields } = head
  const out = Buffer.allocUnsafe(fields.endAt + added + statement.length)
  let at = 0
  // The request line is the first of the lines that are copied in one go.
  let from = 0
  for (let i = 0; i < fields.count; i++) {
    if (!isReplaced(fields.idOf(i))) continue
    const to = fields.lineOf(i)
    if (to > from) at += bytes.copy(out, at, base + from, base + to)
    from = fields.lineOf(i + 1)
  }
  if (fields.endAt > from) at += bytes.copy(out, at, base + from, base + fields.endAt)
  const framing = framingOf(head)
  if (framing !== '') at += out.write(framing, at, 'latin1')
  at += statement.copy(out, at)
  return out.subarray(0, at)
}

function framingOf({ framing, length, method, webSocket }: RequestHead): string {
  if (webSocket) return 'Connection: Upgrade\r\nUpgrade: websocket\r\n'
  if (framing === 'chunked') return 'Transfer-Encoding: chunked\r\n'
  if (framing === 'length') return `Content-Length: ${length}\r\n`
  // Their bodies are expected (RFC 9110 section 8.6).
  return method === 'POST' || method === 'PUT' || method === 'PATCH' ? 'Content-Length: 0\r\n' : ''
}
