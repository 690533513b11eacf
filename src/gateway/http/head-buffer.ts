import { more, refused, type HeadScanner } from './head-scanner.ts'

const firstSize = 2048

/**
 * Scans a head wherever it is cut. A head that arrives whole is read where it lies; of one that does not, the pieces are
 * put together here.
 */
export class HeadBuffer {
  /** Where the head was found once `feed` answered a place. */
  bytes: Buffer = nothing
  base = 0
  #held: Buffer | undefined
  #length = 0
  readonly #scanner: HeadScanner

  constructor(scanner: HeadScanner) {
    this.#scanner = scanner
  }

  /** Some bytes of a head have come, not all. */
  get waiting(): boolean {
    return this.#length > 0
  }

  reset(): void {
    this.#scanner.reset()
    this.#held = undefined
    this.#length = 0
    this.bytes = nothing
  }

  /** Answers the place in `bytes` after the head, `more` or `refused`. */
  feed(bytes: Buffer, from: number, end: number): number {
    if (this.#length === 0) {
      const after = this.#scanner.scan(bytes, from, end)
      if (after === more) this.#hold(bytes, from, end)
      this.bytes = bytes
      this.base = from
      return after
    }
    const before = this.#length
    const held = this.#hold(bytes, from, end)
    const after = this.#scanner.scan(held, 0, this.#length)
    this.bytes = held
    this.base = 0
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
