import { more, refused, type HeadScanner } from './head-scanner.ts'

const firstSize = 2048

/** Puts the pieces of a head together that was cut, and scans it as they come. */
export class HeadBuffer {
  /** Where the head lies, from its first byte on, once `feed` answered a place. */
  bytes: Buffer = nothing
  readonly base = 0
  #held: Buffer | undefined
  #length = 0
  readonly #scanner: HeadScanner

  constructor(scanner: HeadScanner) {
    this.#scanner = scanner
  }

  /** Answers the place in `bytes` after the head, `more` or `refused`. */
  feed(bytes: Buffer, from: number, end: number): number {
    const before = this.#length
    this.bytes = this.#hold(bytes, from, end)
    const after = this.#scanner.scan(this.bytes, 0, this.#length)
    return after === more || after === refused ? after : from + after - before
  }

  #hold(bytes: Buffer, from: number, end: number): Buffer {
    const length = this.#length + end - from
    let held = this.#held
    if (!held || held.length < length) {
      const grown = Buffer.allocUnsafeSlow(Math.max(firstSize, 2 * length))
      held?.copy(grown, 0, 0, this.#length)
      held = grown
      this.#held = held
    }
    bytes.copy(held, this.#length, from, end)
    this.#length = length
    return held
  }
}

const nothing = Buffer.alloc(0)
