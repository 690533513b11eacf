/** `area/what-happened`: stable, documented in `docs/reference.md`, never reworded. */
export type Code = `${string}/${string}`

export type ProblemMore = {
  /** An action the person can take, or what the program does next by itself. */
  readonly hint?: string
  readonly cause?: unknown
  /** Wrong usage or configuration (exit 64) rather than a failure of the world (exit 1). */
  readonly usage?: boolean
  /** The outside party asks not to be called again before this moment (Retry-After). */
  readonly retryAt?: Date
}

/**
 * A failure that a person can do something about. Anything else that is thrown is a bug.
 *
 * The message is one lower-case sentence without a full stop, and never contains a refused secret.
 */
export class Problem extends Error {
  readonly code: Code
  readonly hint: string | undefined
  readonly usage: boolean
  readonly retryAt: Date | undefined

  constructor(code: Code, says: string, more: ProblemMore = {}) {
    super(says, more.cause === undefined ? undefined : { cause: more.cause })
    this.name = 'Problem'
    this.code = code
    this.hint = more.hint
    this.usage = more.usage ?? false
    this.retryAt = more.retryAt
  }
}

/** The reason in one line, for a fact that is unknown or a step that could not be confirmed. */
export function reasonOf(error: unknown): string {
  if (error instanceof AggregateError && error.errors.length > 0) {
    return error.errors.map(reasonOf).join('; ')
  }
  if (error instanceof Error) return error.message === '' ? error.name : error.message
  return String(error)
}

/** `ECONNREFUSED` and the like: what the system calls the failure. */
export function errorCode(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error && typeof error.code === 'string'
    ? error.code
    : undefined
}
