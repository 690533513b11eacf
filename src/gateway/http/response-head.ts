import { classOf, cr, value } from './bytes.ts'
import { readConnection } from './connection-options.ts'
import { field } from './fields.ts'
import { readFraming, type Framing } from './framing.ts'
import { HeadScanner } from './head-scanner.ts'
import type { Refusal } from './refusal.ts'

/** One response head and its one meaning; reused like `RequestHead`. */
export class ResponseHead {
  readonly fields: HeadScanner
  bytes: Buffer = nothing
  base = 0
  status = 0
  framing: Framing = 'none'
  /** What Content-Length says, of a body or (to HEAD, with 304) of one that was not asked for; -1: nothing. */
  length = -1
  /** The connection is of no use afterwards. */
  close = false
  /** It agrees to become a WebSocket. */
  webSocket = false
  /** As it came it can be passed on: current version, and no field that belongs to the connection. */
  untouched = false
  #current = false

  constructor() {
    this.fields = new HeadScanner((bytes, base, newLine) => this.#startLine(bytes, base, newLine))
  }

  /** `HTTP/1.1 SP 3DIGIT [SP reason] CR` (RFC 9112 section 4); HTTP/1.0 servers still exist at home. */
  #startLine(bytes: Uint8Array, base: number, newLine: number): Refusal | undefined {
    if (bytes[newLine - 1] !== cr) return 'bare-line-feed'
    for (let i = 0; i < start.length; i++) if (bytes[base + i] !== start[i]) return 'status-line'
    const minor = bytes[base + 7]
    if (minor !== 0x31 && minor !== 0x30) return 'version'
    this.#current = minor === 0x31
    let status = 0
    for (let i = 9; i < 12; i++) {
      const digit = (bytes[base + i] ?? 0) - 0x30
      if (digit < 0 || digit > 9) return 'status-line'
      status = status * 10 + digit
    }
    if (bytes[base + 8] !== 0x20 || status < 100 || status > 599) return 'status-line'
    if (newLine - 1 !== base + 12 && bytes[base + 12] !== 0x20) return 'status-line'
    for (let i = base + 12; i < newLine - 1; i++)
      if (((classOf[bytes[i] ?? 0] ?? 0) & value) === 0) return 'status-line'
    this.status = status
    return undefined
  }

  /** `method` is that of the request, which decides whether there is a body (RFC 9112 section 6.3). */
  understand(bytes: Buffer, base: number, method: string, upgrading: boolean): Refusal | undefined {
    this.bytes = bytes
    this.base = base
    const { fields, status } = this
    let upgrade = -1
    let refusal: Refusal | undefined
    let connection: { close: boolean; keepAlive: boolean; upgrade: boolean; bad: boolean } = quiet
    let framing: { length: number; chunked: boolean; refusal: Refusal | undefined } = bodiless
    let untouched = this.#current
    for (let i = 0; i < fields.count; i++) {
      switch (fields.idOf(i)) {
        case field.contentLength:
        case field.transferEncoding:
          if (framing === bodiless) framing = { length: -1, chunked: false, refusal: undefined }
          readFraming(bytes, base, fields, i, framing)
          break
        case field.connection:
          if (connection === quiet)
            connection = { close: false, keepAlive: false, upgrade: false, bad: false }
          readConnection(bytes, base, fields, i, connection)
          untouched = false
          break
        case field.upgrade:
          if (upgrade !== -1) refusal ??= 'bad-upgrade'
          upgrade = i
          untouched = false
          break
        case field.dropped:
          untouched = false
          break
      }
    }
    if (connection.bad) refusal ??= 'bad-connection'
    const value = upgrade === -1 ? '' : this.#text(upgrade).toLowerCase()
    this.webSocket = status === 101 && connection.upgrade && value === 'websocket'
    if (status === 101 && !(upgrading && this.webSocket)) refusal ??= 'unasked-upgrade'
    if (framing.chunked && (!this.#current || status < 200 || status === 204))
      refusal ??= 'two-framings'
    this.length = framing.length
    this.framing = framingOf(status, method, framing)
    this.close =
      connection.close ||
      this.framing === 'until-close' ||
      (!this.#current && !connection.keepAlive)
    this.untouched = untouched && (this.framing === 'length' || this.framing === 'none')
    return framing.refusal ?? refusal
  }

  #text(i: number): string {
    const { fields, bytes, base } = this
    return bytes.toString('latin1', base + fields.valueOf(i), base + fields.valueEndOf(i))
  }
}

function framingOf(
  status: number,
  method: string,
  { chunked, length }: { readonly chunked: boolean; readonly length: number },
): Framing {
  if (status < 200 || status === 204 || status === 304 || method === 'HEAD') return 'none'
  if (chunked) return 'chunked'
  if (length >= 0) return length > 0 ? 'length' : 'none'
  return 'until-close'
}

const nothing = Buffer.alloc(0)
const start = Buffer.from('HTTP/1.', 'latin1')
const quiet = Object.freeze({ close: false, keepAlive: false, upgrade: false, bad: false })
const bodiless = Object.freeze({ length: -1, chunked: false, refusal: undefined })
