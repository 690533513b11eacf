/** Calls `make` once and gives everybody its result; a failure is not remembered. */
export function once<T>(
  make: (signal: AbortSignal) => Promise<T>,
): (signal: AbortSignal) => Promise<T> {
  let made: Promise<T> | undefined
  return (signal) => {
    made ??= make(signal).catch((error: unknown) => {
      made = undefined
      throw error
    })
    return made
  }
}

/** The same for so many milliseconds: what several safeguards ask within one look is asked once. */
export function onceEvery<T>(
  ms: number,
  now: () => Date,
  make: (signal: AbortSignal) => Promise<T>,
): (signal: AbortSignal) => Promise<T> {
  let at = Number.NEGATIVE_INFINITY
  let made = once(make)
  return (signal) => {
    if (now().getTime() - at > ms) {
      at = now().getTime()
      made = once(make)
    }
    return made(signal)
  }
}
