import type { IncomingHttpHeaders, IncomingMessage } from 'node:http'
import type { Readable } from 'node:stream'
import { createBrotliDecompress, createGunzip } from 'node:zlib'

/**
 * The origin was asked for gzip or brotli whatever the visitor can read; who cannot gets it unpacked (Cloudflare docs,
 * "Content compression", November 2026).
 */
export function unpacked(
  answer: IncomingMessage,
  accepted: string,
): { readonly headers: IncomingHttpHeaders; readonly body: Readable } {
  const encoding = answer.headers['content-encoding']
  if ((encoding !== 'gzip' && encoding !== 'br') || accepted.includes(encoding))
    return { headers: answer.headers, body: answer }
  const { 'content-encoding': _encoding, 'content-length': _length, ...headers } = answer.headers
  const unpacker = encoding === 'gzip' ? createGunzip() : createBrotliDecompress()
  answer.on('error', (error) => unpacker.destroy(error))
  return { headers, body: answer.pipe(unpacker) }
}
