import type { RequestHead } from '../http/request-head.ts'

/**
 * Remembers what the latest value of a field came to. One connection says the same Host and mostly the same visitor in
 * every request: their bytes are compared, and nothing is made of them again.
 */
export class LastSeen<T> {
  #bytes: Buffer = Buffer.alloc(0)
  #meaning: T | undefined

  /** `read` is asked where the value is another one. Undefined is not remembered. */
  of(head: RequestHead, field: number, read: (value: string) => T | undefined): T | undefined {
    const { bytes, base, fields } = head
    const from = base + fields.valueOf(field)
    const to = base + fields.valueEndOf(field)
    if (this.#meaning !== undefined && this.#isSame(bytes, from, to)) return this.#meaning
    this.#meaning = read(head.valueText(field))
    if (this.#meaning !== undefined) this.#bytes = Buffer.from(bytes.subarray(from, to))
    return this.#meaning
  }

  #isSame(bytes: Buffer, from: number, to: number): boolean {
    const known = this.#bytes
    if (known.length !== to - from) return false
    for (let i = 0; i < known.length; i++) if (known[i] !== bytes[from + i]) return false
    return true
  }

  forget(): void {
    this.#meaning = undefined
  }
}
