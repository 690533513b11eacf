import { classOf, cr, space, target, token } from './bytes.ts'
import { readConnection } from './connection-options.ts'
import { field } from './fields.ts'
import { readFraming, type Framing } from './framing.ts'
import { HeadScanner } from './head-scanner.ts'
import type { Refusal } from './refusal.ts'

/** ` HTTP/1.1` and the carriage return. */
const versionBytes = Buffer.from(' HTTP/1.1\r', 'latin1')

/**
 * One request head and its one meaning. Reused from message to message; places are relative to the head's first byte,
 * which is at `base` of `bytes`.
 */
export class RequestHead {
  readonly fields: HeadScanner
  bytes: Buffer = nothing
  base = 0
  method = ''
  targetAt = 0
  targetEnd = 0
  framing: Framing = 'none'
  /** Of the body in bytes, where `framing` is `length`. */
  length = 0
  /** The sender wants the connection closed afterwards. */
  close = false
  expectsContinue = false
  webSocket = false
  /** Which field they are; -1: none. */
  hostField = -1
  visitorField = -1
  /** More than one CF-Connecting-IP. */
  visitorsDiffer = false

  constructor() {
    this.fields = new HeadScanner((bytes, base, newLine) => this.#startLine(bytes, base, newLine))
  }

  /** `METHOD SP origin-form SP HTTP/1.1 CR`, and not one byte more (RFC 9112 section 3). */
  #startLine(bytes: Uint8Array, base: number, newLine: number): Refusal | undefined {
    let i = base
    while (((classOf[bytes[i] ?? 0] ?? 0) & token) !== 0) i++
    if (i === base || bytes[i] !== space) return 'request-line'
    const methodEnd = i
    this.targetAt = ++i - base
    while (((classOf[bytes[i] ?? 0] ?? 0) & target) !== 0) i++
    this.targetEnd = i - base
    if (bytes[i] !== space || this.targetEnd === this.targetAt) return 'request-line'
    if (bytes[newLine - 1] !== cr) return 'bare-line-feed'
    if (newLine - i !== versionBytes.length) return 'version'
    for (let j = 0; j < versionBytes.length; j++)
      if (bytes[i + j] !== versionBytes[j]) return 'version'
    // Neither a proxy's form (`http://…`), nor CONNECT's, nor `*`.
    if (bytes[base + this.targetAt] !== 0x2f) return 'target'
    this.method = methodOf(bytes, base, methodEnd)
    return this.method === '' ? 'method' : undefined
  }

  /** What the whole head means; answers why it has no meaning, or more than one. */
  understand(bytes: Buffer, base: number): Refusal | undefined {
    this.bytes = bytes
    this.base = base
    this.expectsContinue = false
    this.hostField = -1
    this.visitorField = -1
    this.visitorsDiffer = false
    const { fields } = this
    let upgrade = -1
    let key = false
    let version13 = false
    let refusal: Refusal | undefined
    let connection: { close: boolean; keepAlive: boolean; upgrade: boolean; bad: boolean } = quiet
    let framing: { length: number; chunked: boolean; refusal: Refusal | undefined } = bodiless
    for (let i = 0; i < fields.count; i++) {
      switch (fields.idOf(i)) {
        case field.host:
          if (this.hostField !== -1) refusal ??= 'two-hosts'
          this.hostField = i
          break
        case field.contentLength:
        case field.transferEncoding:
          if (framing === bodiless) framing = { length: -1, chunked: false, refusal: undefined }
          readFraming(bytes, base, fields, i, framing)
          break
        case field.connection:
          if (connection === quiet)
            connection = { close: false, keepAlive: false, upgrade: false, bad: false }
          readConnection(bytes, base, fields, i, connection)
          break
        case field.upgrade:
          if (upgrade !== -1) refusal ??= 'bad-upgrade'
          upgrade = i
          break
        case field.expect:
          if (this.#text(i).toLowerCase() !== '100-continue' || this.expectsContinue)
            refusal ??= 'bad-expectation'
          this.expectsContinue = true
          break
        case field.visitor:
          if (this.visitorField !== -1) this.visitorsDiffer = true
          this.visitorField = i
          break
        case field.webSocketKey:
          key = true
          break
        case field.webSocketVersion:
          version13 = this.#text(i) === '13'
          break
      }
    }
    this.close = connection.close
    this.length = Math.max(framing.length, 0)
    this.framing = framing.chunked ? 'chunked' : framing.length > 0 ? 'length' : 'none'
    this.webSocket =
      upgrade !== -1 && connection.upgrade && this.#text(upgrade).toLowerCase() === 'websocket'
    // Only what RFC 6455 section 4.1 calls an opening handshake may turn a connection into a tunnel.
    if (this.webSocket && !(this.method === 'GET' && this.framing === 'none' && key && version13))
      refusal ??= 'bad-upgrade'
    // Ignored, as it may be, it would leave open whose protocol the next bytes are: llhttp reads them no more.
    if (upgrade !== -1 && connection.upgrade && !this.webSocket) refusal ??= 'bad-upgrade'
    if (connection.bad) refusal ??= 'bad-connection'
    return framing.refusal ?? refusal ?? (this.hostField === -1 ? 'no-host' : undefined)
  }

  #text(i: number): string {
    const { fields, bytes, base } = this
    return bytes.toString('latin1', base + fields.valueOf(i), base + fields.valueEndOf(i))
  }

  /** The value of a field, by its index. */
  valueText(i: number): string {
    return this.#text(i)
  }

  /** All of it, but for the empty line at the end. */
  text(): string {
    return this.bytes.toString('latin1', this.base, this.base + this.fields.endAt)
  }

  targetText(): string {
    return this.bytes.toString('latin1', this.base + this.targetAt, this.base + this.targetEnd)
  }
}

const nothing = Buffer.alloc(0)
const quiet = Object.freeze({ close: false, keepAlive: false, upgrade: false, bad: false })
const bodiless = Object.freeze({ length: -1, chunked: false, refusal: undefined })

/** CONNECT makes a tunnel to anywhere, TRACE echoes what it is sent: neither has business here (RFC 9110 section 9.3). */
const methods = [
  'GET',
  'POST',
  'HEAD',
  'PUT',
  'OPTIONS',
  'DELETE',
  'PATCH',
  // WebDAV (RFC 4918, RFC 3253, RFC 5323), for calendars and files that are published beside Home Assistant.
  'PROPFIND',
  'PROPPATCH',
  'MKCOL',
  'COPY',
  'MOVE',
  'LOCK',
  'UNLOCK',
  'REPORT',
  'SEARCH',
  'MKCALENDAR',
].map((name) => ({ name, bytes: Buffer.from(name, 'latin1') }))

function methodOf(bytes: Uint8Array, from: number, to: number): string {
  for (const { name, bytes: wanted } of methods) {
    if (wanted.length !== to - from) continue
    let i = 0
    while (i < wanted.length && bytes[from + i] === wanted[i]) i++
    if (i === wanted.length) return name
  }
  return ''
}
