import { setTimeout as sleep } from 'node:timers/promises'
import { z } from 'zod'

import { Problem, reasonOf } from '../../core/problem.ts'
import { CommandRefused, type Session } from './session.ts'

/** Its check loads every integration of the configuration. */
const checkMs = 120_000
/** It checks its configuration before it goes down. */
const goesDownMs = 120_000

/** Why Home Assistant would refuse to restart, by its own check; `undefined` when it would not. */
export async function whyNotRestart(open: Session): Promise<string | undefined> {
  return await refusal(
    open.command(
      { type: 'call_service', domain: 'homeassistant', service: 'check_config' },
      z.unknown(),
      checkMs,
    ),
  )
}

/** Asks for a restart and waits until Home Assistant is down. Throws Problem `home-assistant/restart-refused`. */
export async function goDown(open: Session, signal: AbortSignal): Promise<void> {
  try {
    const why = await refusal(
      open.command(
        { type: 'call_service', domain: 'homeassistant', service: 'restart' },
        z.unknown(),
        goesDownMs,
      ),
    )
    if (why !== undefined) throw restartRefused(why)
  } catch (error) {
    signal.throwIfAborted()
    // The connection went with it.
    if (!(error instanceof Problem && error.code === 'home-assistant/not-reached')) throw error
  }
  await within(goesDownMs, open.ended, signal)
}

/** Polls until there is an answer, through a restart with its refused connections. Throws Problem `home-assistant/restart`. */
export async function poll<T>(
  atMostMs: number,
  signal: AbortSignal,
  ask: () => Promise<T | undefined>,
): Promise<T> {
  const deadline = performance.now() + atMostMs
  let last: unknown
  while (performance.now() < deadline) {
    try {
      const found = await ask()
      if (found !== undefined) return found
      last = undefined
    } catch (error) {
      signal.throwIfAborted()
      // These fail for good; everything else is a restart under way.
      if (error instanceof Problem && forGood.has(error.code)) throw error
      last = error
    }
    await sleep(pollMs, undefined, { signal })
  }
  throw new Problem(
    'home-assistant/restart',
    `Home Assistant did not come back as expected after its restart${last === undefined ? '' : ` (${reasonOf(last)})`}`,
    {
      hint: 'look at it in the local network; http settings that were not confirmed are undone by Home Assistant itself within five minutes of its start',
      cause: last,
    },
  )
}

const pollMs = 100

const forGood = new Set<string>(['home-assistant/token-refused', 'home-assistant/certificate'])

async function refusal(asked: Promise<unknown>): Promise<string | undefined> {
  try {
    await asked
    return undefined
  } catch (error) {
    if (error instanceof CommandRefused && error.reason === 'home_assistant_error')
      return error.said.replace(/^The system cannot \w+ because /, '')
    throw error
  }
}

const restartRefused = (why: string): Problem =>
  new Problem('home-assistant/restart-refused', `Home Assistant does not restart: ${why}`, {
    hint: 'mend what it names (Developer tools, YAML, Check configuration), then run the command again',
  })

/** Waits for it, or for so long; leaves no timer behind. */
async function within(ms: number, ended: Promise<void>, signal: AbortSignal): Promise<void> {
  const over = new AbortController()
  const late = sleep(ms, undefined, { signal: AbortSignal.any([signal, over.signal]) })
  try {
    await Promise.race([ended, late])
  } finally {
    late.catch(() => undefined)
    over.abort()
  }
}
