import { setTimeout as sleep } from 'node:timers/promises'

import { minutes, seconds, type Duration } from '../core/duration.ts'
import type { Counters } from '../gateway/counters.ts'

/** To be ready for much costs memory, which is saved while there is little to do. */
export type Effort = {
  /** There was little for a while. Called again and again: looks leave garbage, and nothing presses to collect it. */
  rest(): void
  /** There is much from now on. */
  work(): void
}

type Forwarded = Pick<Counters, 'handshakes' | 'requests' | 'bytesIn' | 'bytesOut'>

/** In one second: more than a person at the page of a home causes, except for moments. */
const much = { messages: 100, bytes: 1_000_000 }

const usual = { look: seconds(1), restAfter: minutes(2) }

/** Tells rest from work by what the gateway forwards, until the signal. It begins with neither. */
export async function restWell(
  gateway: () => Forwarded,
  effort: Effort,
  signal: AbortSignal,
  rhythm: { readonly look: Duration; readonly restAfter: Duration } = usual,
): Promise<void> {
  let before = { ...gateway() }
  let working = false
  let quiet = 0
  for (;;) {
    await sleep(rhythm.look, undefined, { signal, ref: false }).catch(() => undefined)
    if (signal.aborted) return
    const now = { ...gateway() }
    const busy =
      messages(now) - messages(before) >= much.messages || bytes(now) - bytes(before) >= much.bytes
    // A WebSocket on which something is said now and then does not disturb.
    quiet = busy || now.requests > before.requests ? 0 : quiet + rhythm.look
    before = now
    if (busy && !working) {
      working = true
      effort.work()
    }
    if (quiet >= rhythm.restAfter) {
      working = false
      quiet = 0
      effort.rest()
    }
  }
}

const messages = ({ handshakes, requests }: Forwarded): number => handshakes + requests
const bytes = ({ bytesIn, bytesOut }: Forwarded): number => bytesIn + bytesOut
