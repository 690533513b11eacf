/** Rung by many, heard by one: what rang while nobody waited is heard at the next wait, once. */
export type Waker = {
  ring(because: string): void
  /** The first reason to have rung; `undefined` when the time is over or the signal aborted. */
  wait(ms: number, signal: AbortSignal): Promise<string | undefined>
}

export function makeWaker(): Waker {
  let rung: string | undefined
  let wake: (() => void) | undefined
  return {
    ring(because) {
      rung ??= because
      wake?.()
    },
    async wait(ms, signal) {
      if (rung === undefined && !signal.aborted)
        await new Promise<void>((resolve) => {
          const stop = () => {
            clearTimeout(timer)
            signal.removeEventListener('abort', stop)
            resolve()
          }
          const timer = setTimeout(stop, ms)
          signal.addEventListener('abort', stop)
          wake = stop
        })
      wake = undefined
      const because = rung
      rung = undefined
      return because
    },
  }
}
