import type { ResponseHead } from '../http/response-head.ts'
import { readMemory } from '../upstream/upstream-connection.ts'
import type { ClientConnection } from './client-connection.ts'
import { towardsVisitor } from './towards-visitor.ts'

/**
 * Heads and chunks for a visitor are put together here. What is given to a free TLS socket is encrypted before `write`
 * returns (`client-connection.ts`), so that all share it. A head and one read with its framing fit in.
 */
const scratch = Buffer.allocUnsafeSlow(2 * readMemory.length + 65_536)

/** Bodies up to here travel together with their head. */
const small = 16_384

const endOfChunks = '0\r\n\r\n'

/**
 * Puts together what one read from the upstream becomes for the visitor: pieces of it as they came where nothing needs
 * a change, for each write costs a record of TLS and a call of the system.
 */
export class AnswerWriter {
  readonly #client: ClientConnection
  #chunked = false
  /** Of the read: what goes on as it came. -1: nothing does. */
  #runFrom = -1
  #runTo = 0
  /** So much of the scratch is written. */
  #out = 0

  constructor(client: ClientConnection) {
    this.#client = client
  }

  /** Another head follows this one (RFC 9110 section 15.2). */
  interim(head: ResponseHead): void {
    this.#out = towardsVisitor(head, false, scratch, this.#out)
  }

  /** `close`: it is the last of its connection. */
  head(head: ResponseHead, close: boolean): void {
    this.#chunked = head.framing === 'chunked' || head.framing === 'until-close'
    if (head.untouched && !close && this.#out === 0 && head.bytes === readMemory) {
      this.#runFrom = head.base
      this.#runTo = head.base + head.fields.endAt + 2
    } else this.#out = towardsVisitor(head, close, scratch, this.#out)
  }

  body(bytes: Buffer, from: number, to: number): void {
    if (this.#chunked) {
      this.#out += scratch.write(`${(to - from).toString(16)}\r\n`, this.#out, 'latin1')
      this.#out += bytes.copy(scratch, this.#out, from, to)
      this.#out += scratch.write('\r\n', this.#out, 'latin1')
    } else if (this.#out > 0 && to - from <= small) {
      this.#out += bytes.copy(scratch, this.#out, from, to)
    } else {
      if (this.#out > 0) this.#sendOut()
      if (this.#runFrom < 0) this.#runFrom = from
      this.#runTo = to
    }
  }

  end(): void {
    if (this.#chunked) this.#out += scratch.write(endOfChunks, this.#out, 'latin1')
  }

  /** The read is gone through. */
  flush(bytes: Buffer): void {
    if (this.#out > 0) this.#sendOut()
    if (this.#runFrom < 0) return
    this.#client.send(bytes, this.#runFrom, this.#runTo)
    this.#runFrom = -1
  }

  /** What is not sent yet never will be. */
  drop(): void {
    this.#out = 0
    this.#runFrom = -1
  }

  #sendOut(): void {
    this.#client.send(scratch, 0, this.#out)
    this.#out = 0
  }
}
