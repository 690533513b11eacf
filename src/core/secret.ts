import { inspect } from 'node:util'

/**
 * A value that must not be seen. It prints as `[label]` through `String`, `JSON.stringify` and
 * `inspect`; only `reveal()` gives it away, at the line that needs it.
 */
export class Secret {
  readonly #value: string
  readonly label: string

  constructor(label: string, value: string) {
    this.label = label
    this.#value = value
  }

  reveal(): string {
    return this.#value
  }

  /** The text without the value: for what somebody else says, who may repeat what they were told. */
  hideIn(text: string): string {
    return text.replaceAll(this.#value, this.toString())
  }

  toString(): string {
    return `[${this.label}]`
  }

  toJSON(): string {
    return this.toString()
  }

  [inspect.custom](): string {
    return this.toString()
  }
}
