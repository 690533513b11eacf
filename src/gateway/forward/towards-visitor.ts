import { field } from '../http/fields.ts'
import type { ResponseHead } from '../http/response-head.ts'

const isReplaced = (id: number): boolean =>
  id === field.dropped ||
  id === field.contentLength ||
  id === field.transferEncoding ||
  id === field.connection ||
  id === field.upgrade

const statusLineStart = Buffer.from('HTTP/1.1 ', 'latin1')

/**
 * Writes the head for the visitor into `out` at `at`, and answers where it ends. It takes at most 128 bytes more
 * than the head that came.
 */
export function towardsVisitor(
  head: ResponseHead,
  close: boolean,
  out: Buffer,
  at: number,
): number {
  const { bytes, base, fields } = head
  let to = at + statusLineStart.copy(out, at)
  let from = statusLineStart.length
  for (let i = 0; i < fields.count; i++) {
    if (!isReplaced(fields.idOf(i))) continue
    const end = fields.lineOf(i)
    if (end > from) to += bytes.copy(out, to, base + from, base + end)
    from = fields.lineOf(i + 1)
  }
  if (fields.endAt > from) to += bytes.copy(out, to, base + from, base + fields.endAt)
  to += out.write(`${framingOf(head)}${close ? 'Connection: close\r\n' : ''}\r\n`, to, 'latin1')
  return to
}

function framingOf({ framing, length, status }: ResponseHead): string {
  if (status === 101) return 'Connection: Upgrade\r\nUpgrade: websocket\r\n'
  // A body that ends with the connection becomes one in chunks: then a broken one can be told from a whole one.
  if (framing === 'chunked' || framing === 'until-close') return 'Transfer-Encoding: chunked\r\n'
  return length >= 0 && status >= 200 && status !== 204 ? `Content-Length: ${length}\r\n` : ''
}
