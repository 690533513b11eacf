import type { Duration } from './duration.ts'

/**
 * A signal that aborts with the given one, or when the time is up. To be disposed of when the work is done:
 * what `AbortSignal.timeout` made stays in memory until its time has passed, however early that was.
 */
export function deadlineIn(
  duration: Duration,
  signal: AbortSignal,
): Disposable & { signal: AbortSignal } {
  const over = new AbortController()
  const timer = setTimeout(
    () => over.abort(new DOMException('The operation took too long', 'TimeoutError')),
    duration,
  )
  timer.unref()
  const stop = (): void => over.abort(signal.reason)
  if (signal.aborted) stop()
  else signal.addEventListener('abort', stop, { once: true })
  return {
    signal: over.signal,
    [Symbol.dispose]() {
      clearTimeout(timer)
      signal.removeEventListener('abort', stop)
    },
  }
}
