import type { Secret } from '../../core/secret.ts'
import { post } from './post.ts'

/** `start`: it begins. `success`: it runs and nothing is broken. `fail`: it runs and something is. */
export type Beat = 'start' | 'success' | 'fail'

/** Sends one beat; `says` is kept by services that show it. Throws Problem `notify/not-taken`. */
export type Heartbeat = (beat: Beat, says: string, signal: AbortSignal) => Promise<void>

/**
 * A dead man's switch: somebody outside raises the alarm when the beats stop.
 *
 * `healthchecks` appends `/start` and `/fail` to the address as healthchecks.io and what is like it understand.
 * `plain` asks the address alone, and only while nothing is broken.
 */
export const heartbeat =
  (url: Secret, style: 'healthchecks' | 'plain'): Heartbeat =>
  async (beat, says, signal) => {
    if (style === 'plain' && beat !== 'success') return
    const address = new URL(url.reveal())
    if (beat !== 'success') address.pathname = `${address.pathname.replace(/\/$/u, '')}/${beat}`
    await post(address, { headers: { 'content-type': 'text/plain' }, body: says }, signal)
  }
