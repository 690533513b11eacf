import { setTimeout as sleep } from 'node:timers/promises'
import { z } from 'zod'

import { Problem, reasonOf } from '../../core/problem.ts'
import type { Secret } from '../../core/secret.ts'
import { configurationFile } from './configuration-file.ts'
import { configureAnswer } from './http-settings.ts'
import { lookInside, readHttpState, type HttpSettings, type HttpState } from './inside.ts'
import { askHomeAssistant } from './probe.ts'
import { lookFromOutside } from './outside.ts'
import { CommandRefused, openSession, type Session } from './session.ts'

const anyResult = z.unknown()
const checked = z.object({ result: z.string(), errors: z.string().nullish() })

/**
 * One Home Assistant, as an administrator and as a proxy meets it.
 *
 * A refused token is not tried again by this client: each try would tell the owner of a failed sign-in, and
 * with a threshold set, end in a ban. `folder` is where its configuration.yaml is, if this machine sees it.
 */
export function homeAssistant(url: string, token: Secret | undefined, folder?: string) {
  let refused: Problem | undefined
  let signingIn: Promise<unknown> = Promise.resolve()

  async function session(signal: AbortSignal): Promise<Session> {
    if (!token) throw noToken()
    const given = token
    // One after the other, so that a wrong token is tried once however many ask.
    const mine = signingIn.then(async () => {
      if (refused) throw refused
      try {
        return await openSession(url, given, signal)
      } catch (error) {
        if (error instanceof Problem && error.code === 'home-assistant/token-refused')
          refused = error
        throw error
      }
    })
    signingIn = mine.catch(() => undefined)
    return await mine
  }

  async function command(what: { type: string; [key: string]: unknown }, signal: AbortSignal) {
    await using open = await session(signal)
    return await open.command(what, anyResult)
  }

  async function state(signal: AbortSignal): Promise<HttpState | undefined> {
    await using open = await session(signal)
    return await readHttpState(open)
  }

  const file = folder === undefined ? undefined : configurationFile(folder)
  return {
    outside: (signal: AbortSignal) => lookFromOutside(url, signal),

    async inside(signal: AbortSignal) {
      await using open = await session(signal)
      return await lookInside(open)
    },

    /** `undefined`: this Home Assistant is older than 2026.8 and has its settings in YAML. */
    httpState: state,

    /** `http:` in configuration.yaml; `undefined` where its folder is not to be seen from here. */
    yaml: file,

    async setExternalUrl(externalUrl: string | undefined, signal: AbortSignal): Promise<void> {
      await command({ type: 'config/core/update', external_url: externalUrl ?? null }, signal)
    },

    /** Why Home Assistant would refuse to restart, by its own check; `undefined` when it would not. */
    async whyNotRestart(signal: AbortSignal): Promise<string | undefined> {
      // Without a session there was no sign-in, and a wrong token would make a notice here.
      await using _ = await session(signal)
      const { status, text } = await askHomeAssistant(
        url,
        '/api/config/core/check_config',
        { authorization: `Bearer ${token?.reveal() ?? ''}` },
        signal,
      )
      const read = checked.safeParse(jsonOf(text))
      if (status !== 200 || !read.success)
        return `its check of the configuration cannot be read (${status})`
      return read.data.result === 'valid'
        ? undefined
        : (read.data.errors ?? 'the configuration is not valid')
    },

    /**
     * Stages http settings, or takes back what is staged. `restarts`: it restarts now. `busy`: it takes no change while
     * it starts. `lost`: the connection broke off, so that nobody knows.
     */
    async stage(
      settings: HttpSettings | undefined,
      signal: AbortSignal,
    ): Promise<'restarts' | 'unchanged' | 'busy' | 'lost'> {
      await using open = await session(signal)
      try {
        const { restart } = await open.command(
          { type: 'http/config/configure', config: settings ?? null },
          configureAnswer,
        )
        return restart ? 'restarts' : 'unchanged'
      } catch (error) {
        signal.throwIfAborted()
        if (error instanceof CommandRefused && error.reason === 'not_running') return 'busy'
        if (isNotReached(error)) return 'lost'
        throw error
      }
    },

    /** Confirms what is on trial. `refused`: there is nothing to confirm any more. `lost`: nobody knows. */
    async promote(signal: AbortSignal): Promise<'done' | 'refused' | 'lost'> {
      await using open = await session(signal)
      try {
        await open.command({ type: 'http/config/promote' }, anyResult)
        return 'done'
      } catch (error) {
        signal.throwIfAborted()
        if (error instanceof CommandRefused && error.reason === 'not_allowed') return 'refused'
        if (isNotReached(error)) return 'lost'
        throw error
      }
    },

    /** Restarts Home Assistant and waits until it runs again. Throws Problem `home-assistant/restart`. */
    async restart(atMostMs: number, signal: AbortSignal): Promise<void> {
      const deadline = performance.now() + atMostMs
      {
        await using open = await session(signal)
        try {
          await open.command(
            { type: 'call_service', domain: 'homeassistant', service: 'restart' },
            anyResult,
          )
        } catch (error) {
          signal.throwIfAborted()
          if (!isNotReached(error)) throw error
        }
        await within(atMostMs, open.ended, signal)
      }
      await poll(deadline, signal, async () => {
        await using open = await session(signal)
        return (await lookInside(open)).running ? true : undefined
      })
    },

    /** Polls until the http settings are as wished, through a restart with its refused connections. */
    waitFor: (
      wished: (state: HttpState) => boolean,
      atMostMs: number,
      signal: AbortSignal,
    ): Promise<HttpState> =>
      poll(performance.now() + atMostMs, signal, async () => {
        const now = await state(signal)
        return now && wished(now) ? now : undefined
      }),
  }
}

const pollMs = 250

async function poll<T>(
  deadline: number,
  signal: AbortSignal,
  ask: () => Promise<T | undefined>,
): Promise<T> {
  let last: unknown
  while (performance.now() < deadline) {
    try {
      const found = await ask()
      if (found !== undefined) return found
      last = undefined
    } catch (error) {
      signal.throwIfAborted()
      // Signing in fails for good; everything else is a restart under way.
      if (error instanceof Problem && error.code === 'home-assistant/token-refused') throw error
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

const isNotReached = (error: unknown): boolean =>
  error instanceof Problem && error.code === 'home-assistant/not-reached'

const noToken = (): Problem =>
  new Problem('home-assistant/no-token', 'there is no access token for Home Assistant', {
    hint: 'make one in Home Assistant (your profile, Security, Long-lived access tokens) and name its file in home_assistant.token_file',
  })

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
