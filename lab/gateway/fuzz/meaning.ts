/** What a reader takes a message for. Everything as Latin-1 text, one character for a byte. */
export type Message = {
  /** Of a request. */
  readonly method: string
  readonly target: string
  /** Of a response; 0 for a request. */
  readonly status: number
  /** In their order; names in lower case, values without the white space around them. */
  readonly fields: readonly string[]
  readonly body: string
  /** False while more of it is expected. */
  readonly whole: boolean
}

/** All messages that were taken from a stream, up to where nothing more is read from it. */
export type Meaning = {
  readonly messages: readonly Message[]
  /** Why the rest is refused, in the reader's own word; undefined while it waits for more. */
  readonly refused: string | undefined
}

export const fieldOf = (name: string, value: string): string =>
  `${name.toLowerCase()}: ${value.replaceAll(/^[ \t]+|[ \t]+$/g, '')}`
