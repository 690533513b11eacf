import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'

import { milliseconds, seconds } from '../../core/duration.ts'
import { errorCode } from '../../core/problem.ts'

const first = seconds(1)
const longest = seconds(60)
/** Who ran so long has not failed at the start. */
const steady = seconds(30)

/**
 * Calls `heard` when an address or a route of this machine changes: `ip monitor` of iproute2, which hears
 * it from the kernel. It is started again when it ends.
 *
 * Resolves when the signal aborts; rejects at once where there is no `ip` (code `ENOENT`), or where it
 * may not be run.
 */
export async function watchKernel(
  heard: () => void,
  signal: AbortSignal,
  command: readonly [string, ...string[]] = ['ip', '-o', 'monitor', 'address', 'route'],
): Promise<void> {
  const [program, ...words] = command
  for (let pause = first; !signal.aborted;) {
    const started = performance.now()
    await runOnce(program, words, heard, signal)
    if (signal.aborted) return
    pause =
      performance.now() - started > steady ? first : milliseconds(Math.min(longest, pause * 2))
    await sleep(pause, undefined, { signal }).catch(() => undefined)
    // What changed while nobody listened.
    heard()
  }
}

async function runOnce(
  program: string,
  words: readonly string[],
  heard: () => void,
  signal: AbortSignal,
): Promise<void> {
  const child = spawn(program, words, { stdio: ['ignore', 'pipe', 'ignore'], signal })
  // What it prints is not read: that something changed is all there is to know.
  child.stdout.on('data', heard)
  child.on('error', () => undefined)
  try {
    await once(child, 'close')
  } catch (error) {
    if (signal.aborted || errorCode(error) === 'ABORT_ERR') return
    throw error
  }
}
